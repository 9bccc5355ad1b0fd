import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandLines } from './support/command-lines';
import { startJupyterLab, type JupyterLab } from './support/jupyterlab';
import { temporaryFolder } from './support/temporary-folder';

let lab: JupyterLab;
/** Started at the same moment. */
let second: JupyterLab;
const needsProcesses = !commandLines() && 'needs /proc, to see the processes';

before(async () => {
  const start = () => startJupyterLab({}, { ownTerminal: true });
  [lab, second] = await Promise.all([start(), start()]);
});

after(() => Promise.all([lab.stop(), second.stop()]));

function ask(path: string, headers: Record<string, string> = {}, options: RequestInit = {}) {
  return fetch(lab.url + path, { headers, redirect: 'manual', ...options });
}

function bearer({ token }: JupyterLab): Record<string, string> {
  return { authorization: `token ${token}` };
}

test('npm start twice at once: each link leads to a server of its own', async () => {
  assert.notEqual(lab.url, second.url);
  for (const one of [lab, second]) {
    const { status } = await fetch(`${one.url}/api/contents`, { headers: bearer(one) });
    assert.equal(status, 200);
  }
});

test('without the token JupyterLab, as npm start starts it, shows no file and starts no kernel', async () => {
  assert.match(lab.token, /^[0-9a-f]{48}$/);
  for (const path of ['/api/contents', '/api/kernels', '/api/sessions', '/api/terminals']) {
    assert.equal((await ask(path)).status, 403, path);
    assert.equal((await ask(path, { authorization: `token ${'0'.repeat(48)}` })).status, 403, path);
  }
  assert.equal((await ask('/api/kernels', {}, { method: 'POST', body: '{}' })).status, 403);
  assert.equal((await ask('/files/package.json')).status, 302, 'sent to the login page');
});

test('settings can be opened in JupyterLab, though the list of files hides them', async () => {
  assert.equal((await ask('/api/contents/.env.example', bearer(lab))).status, 200);
  assert.equal((await ask('/api/contents/.env.example')).status, 403);
});

test('another site can not use the cookie of a browser that has opened the link', async () => {
  const opened = await ask(`/lab?token=${lab.token}`);
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  assert.equal((await ask('/api/contents', { cookie })).status, 200, 'the cookie is good');
  const headers = { cookie, origin: 'https://evil.example' };
  const read = await ask('/api/contents', headers);
  assert.equal(read.headers.get('access-control-allow-origin'), null);
  await ask('/api/kernels', headers, { method: 'POST', body: '{}' });
  assert.deepEqual(await (await ask('/api/kernels', { cookie })).json(), [], 'no kernel started');
});

test('JupyterLab listens on the loopback interface only', async (t) => {
  const outside = Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!outside) {
    t.skip('this machine has the loopback interface only');
    return;
  }
  const port = Number(new URL(lab.url).port);
  assert.equal(await connects('127.0.0.1', port), true);
  assert.equal(await connects(outside.address, port), false);
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

test('the token stands on no command line', { skip: needsProcesses }, () => {
  const lines = commandLines() ?? [];
  assert.ok(lines.some((line) => line.includes('jupyterlab')));
  assert.ok(!lines.some((line) => line.includes(lab.token)));
});

for (const [what, signal, which] of [
  ['a terminal that is closed', 'SIGHUP', () => lab],
  ['Ctrl-C', 'SIGINT', () => second],
] as const) {
  test(`${what} ends npm start and every kernel that it started`, { skip: needsProcesses }, async () => {
    const one = which();
    const started = await fetch(`${one.url}/api/kernels`, {
      ...{ method: 'POST', headers: bearer(one) },
      body: JSON.stringify({ name: 'tsws' }),
    });
    assert.equal(started.status, 201);
    const { id } = (await started.json()) as { id: string };
    const runs = () => Boolean(commandLines()?.some((line) => line.includes(id)));
    assert.equal(await becomes(runs, true), true, 'the kernel has begun');
    await one.fromTerminal(signal);
    assert.equal(await becomes(runs, false), false, 'the kernel has ended');
    await assert.rejects(fetch(one.url), 'the server has ended');
  });
}

/** Waits for up to 30 s, then tells what is. */
async function becomes(what: () => boolean, wanted: boolean): Promise<boolean> {
  for (let waited = 0; waited < 60 && what() !== wanted; waited++) await sleep(500);
  return what();
}

test('where there is a screen, notebook 1 opens in a browser, with the token in no command line', async (t) => {
  const folder = temporaryFolder(t);
  const browser = path.join(folder, 'browser');
  const opened = path.join(folder, 'opened');
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`);
  chmodSync(browser, 0o755);
  const screen = { CI: '', CODESPACES: '', SSH_CONNECTION: '', SSH_TTY: '', DISPLAY: ':0' };
  const shown = await startJupyterLab({ ...screen, BROWSER: browser });
  t.after(() => shown.stop());
  assert.match(shown.printed(), /It opens in your browser; if not, open this link/);
  for (let waited = 0; waited < 100 && !existsSync(opened); waited++) await sleep(200);
  const address = readFileSync(opened, 'utf8');
  assert.ok(!address.includes(shown.token), address);
  const page = readFileSync(fileURLToPath(address), 'utf8');
  const link = `${shown.url}/lab/tree/1-prepare-opensearch.ipynb?token=${shown.token}`;
  assert.ok(page.includes(link), page);
});
