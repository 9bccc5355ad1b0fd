import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProcess } from './support/in-process';
import { startJupyterLab, type JupyterLab } from './support/jupyterlab';
import { commandLines } from './support/leaks';
import { assertLoopbackOnly, listen } from './support/loopback';
import { temporaryFolder } from './support/temporary-folder';

let lab: JupyterLab;
/** Started at the same moment, where there is a screen. */
let second: JupyterLab;
const folder = temporaryFolder();
/** In the second one's own configuration. */
const ownToken = 'token_of_my_own';
const opened = path.join(folder, 'opened');
const needsProcesses = process.platform !== 'linux' && 'needs /proc, to see the processes';

before(async () => {
  const browser = path.join(folder, 'browser');
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`, { mode: 0o755 });
  const ServerApp = { base_url: '/mine/', certfile: '/no/certificate' };
  const configuration = JSON.stringify({ ServerApp, IdentityProvider: { token: ownToken } });
  writeFileSync(path.join(folder, 'jupyter_server_config.json'), configuration);
  const own = { JUPYTER_CONFIG_DIR: folder };
  const screen = { ...own, CI: '', CODESPACES: '', SSH_CONNECTION: '', SSH_TTY: '', DISPLAY: ':0', BROWSER: browser };
  const start = (env: NodeJS.ProcessEnv) => startJupyterLab(env, { ownTerminal: true });
  [lab, second] = await Promise.all([start({}), start(screen)]);
});

after(() => Promise.all([lab.stop(), second.stop()]));

/** Waits for up to 30 s, then tells what is. */
async function becomes(what: () => boolean, wanted: boolean): Promise<boolean> {
  for (let waited = 0; waited < 150 && what() !== wanted; waited++) await sleep(200);
  return what();
}

function ask(path: string, headers: Record<string, string> = {}, options: RequestInit = {}, one = lab) {
  return fetch(one.url + path, { headers, redirect: 'manual', ...options });
}

const bearer = ({ token }: JupyterLab) => ({ authorization: `token ${token}` });

test('npm start twice at once: each link leads to a server of its own, whatever one’s own configuration says of its address, with the token that it says, and shows hidden settings when asked for', async () => {
  assert.notEqual(lab.url, second.url);
  assert.equal(second.token, ownToken);
  for (const one of [lab, second]) {
    assert.equal((await ask('/api/contents/.env.example', bearer(one), {}, one)).status, 200);
  }
});

test('without the token JupyterLab, as npm start starts it, shows no file and starts no kernel', async () => {
  assert.match(lab.token, /^[0-9a-f]{48}$/);
  for (const name of ['contents', 'contents/.env.example', 'kernels', 'sessions', 'terminals']) {
    const path = `/api/${name}`;
    assert.equal((await ask(path)).status, 403, path);
    assert.equal((await ask(path, { authorization: `token ${'0'.repeat(48)}` })).status, 403, path);
  }
  assert.equal((await ask('/api/kernels', {}, { method: 'POST', body: '{}' })).status, 403);
  assert.equal((await ask('/files/package.json')).status, 302, 'sent to the login page');
});

test('another site can’t use the cookie of a browser that has opened the link', async () => {
  const cookies = (await ask(`/lab?token=${lab.token}`)).headers.getSetCookie();
  const cookie = cookies.map((one) => one.split(';')[0]).join('; ');
  assert.equal((await ask('/api/contents', { cookie })).status, 200, 'the cookie is good');
  const headers = { cookie, origin: 'https://evil.example' };
  const read = await ask('/api/contents', headers);
  assert.equal(read.headers.get('access-control-allow-origin'), null);
  await ask('/api/kernels', headers, { method: 'POST', body: '{}' });
  assert.deepEqual(await (await ask('/api/kernels', { cookie })).json(), [], 'no kernel started');
});

test('JupyterLab listens on the loopback interface only', (t) => assertLoopbackOnly(t, Number(new URL(lab.url).port)));

test('where there is a screen, notebook 1 opens in a browser; the token is not on any command line', async () => {
  assert.match(second.printed(), /It opens in your browser; if not, open this link/);
  assert.equal(await becomes(() => existsSync(opened), true), true);
  const address = readFileSync(opened, 'utf8');
  assert.ok(!address.includes(second.token), address);
  const page = readFileSync(fileURLToPath(address), 'utf8');
  assert.ok(page.includes(`${second.url}/lab/tree/1-prepare-opensearch.ipynb?token=${second.token}`), page);
  if (needsProcesses) return;
  assert.ok(commandLines().some((line) => line.includes('jupyterlab')));
  assert.ok(!commandLines().some((line) => line.includes(lab.token)));
});

for (const [what, signal, which] of [
  ['a terminal that is closed', 'SIGHUP', () => lab],
  ['Ctrl-C', 'SIGINT', () => second],
] as const) {
  test(`${what} ends npm start and every kernel that it started`, { skip: needsProcesses }, async () => {
    const one = which();
    const kernel = { method: 'POST', body: JSON.stringify({ name: 'tsws' }) };
    const started = await ask('/api/kernels', bearer(one), kernel, one);
    assert.equal(started.status, 201);
    const { id } = (await started.json()) as { id: string };
    const runs = () => commandLines().some((line) => line.includes(id));
    assert.equal(await becomes(runs, true), true, 'the kernel has begun');
    await one.fromTerminal(signal);
    assert.equal(await becomes(runs, false), false, 'the kernel has ended');
    await assert.rejects(fetch(one.url), 'the server has ended');
  });
}

test('npm run workshop, ended from outside, ends its kernel, starting or busy', { skip: needsProcesses }, async (t) => {
  // A kernel's command line names a file there.
  const TMPDIR = temporaryFolder(t);
  const runs = () => commandLines().some((line) => line.includes(TMPDIR));
  let asks = 0; // by notebook 1's second cell, which waits for an answer
  const silent = net.createServer(() => asks++);
  const env = { TMPDIR, SERVICE_URI: `http://127.0.0.1:${await listen(silent)}` };
  for (const reached of [() => true, () => asks > 0]) {
    const { child, ended } = startProcess('', { program: ['tools/workshop.mjs'], env });
    assert.equal(await becomes(runs, true), true, 'the kernel has begun');
    assert.equal(await becomes(reached, true), true);
    child.kill('SIGTERM');
    assert.equal(await becomes(runs, false), false, 'the kernel has ended');
    assert.match(await ended, /The workshop stopped: python ended with 143.*\[1\]$/s);
  }
});
