import assert from 'node:assert/strict';
import net from 'node:net';
import os from 'node:os';
import { after, before, test } from 'node:test';
import { commandLines } from './support/command-lines';
import { startJupyterLab, type JupyterLab } from './support/jupyterlab';

let lab: JupyterLab;
before(async () => {
  lab = await startJupyterLab({});
});
after(() => lab.stop());

async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(lab.url + path, { headers, redirect: 'manual' })).status;
}

test('without the token JupyterLab, as npm start starts it, shows no file and starts no kernel', async () => {
  assert.match(lab.token, /^[0-9a-f]{48}$/);
  for (const path of ['/api/contents', '/api/kernels', '/api/sessions', '/api/terminals']) {
    assert.equal(await statusOf(path), 403, path);
    assert.equal(await statusOf(path, { authorization: `token ${'0'.repeat(48)}` }), 403, path);
  }
  const started = await fetch(`${lab.url}/api/kernels`, { method: 'POST', body: '{}' });
  assert.equal(started.status, 403);
  assert.equal(await statusOf('/files/package.json'), 302, 'sent to the login page');
  assert.equal(await statusOf('/api/contents', { authorization: `token ${lab.token}` }), 200);
});

test('settings can be opened in JupyterLab, though the list of files hides them', async () => {
  const headers = { authorization: `token ${lab.token}` };
  assert.equal(await statusOf('/api/contents/.env.example', headers), 200);
  assert.equal(await statusOf('/api/contents/.env.example'), 403);
});

test('another site can not use the cookie of a browser that has opened the link', async () => {
  const opened = await fetch(`${lab.url}/lab?token=${lab.token}`, { redirect: 'manual' });
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  assert.equal(await statusOf('/api/contents', { cookie }), 200, 'the cookie is good');
  const headers = { cookie, origin: 'https://evil.example' };
  const read = await fetch(`${lab.url}/api/contents`, { headers });
  assert.equal(read.headers.get('access-control-allow-origin'), null);
  await fetch(`${lab.url}/api/kernels`, { method: 'POST', body: '{}', headers });
  const kernels = await fetch(`${lab.url}/api/kernels`, { headers: { cookie } });
  assert.deepEqual(await kernels.json(), [], 'no kernel was started');
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

test('the token stands on no command line', { skip: !commandLines() && 'needs /proc' }, () => {
  const lines = commandLines() ?? [];
  assert.ok(lines.some((line) => line.includes('jupyterlab')));
  assert.ok(!lines.some((line) => line.includes(lab.token)));
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net
      .connect(port, host)
      .on('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .on('error', () => {
        resolve(false);
      });
  });
}
