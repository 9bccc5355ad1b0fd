import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../workshop/settings';
import { runToEnd } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';
import { unpackedServer } from './support/test-opensearch';

const start = `
  const { startLocalOpenSearch } = require('${repositoryRoot}/local-opensearch/start');
  const started = startLocalOpenSearch({ folder: process.env.FOLDER, server: ${JSON.stringify(unpackedServer)} });
  started.then(
    ({ pid }) => { console.log('started for', process.getuid()); process.kill(pid, 'SIGKILL'); },
    (error) => console.log(error));`;
const program = [process.execPath, '--require=tsx/cjs', '--input-type=commonjs', '--eval', start];
const asRootOfItsOwn = ['unshare', '--user', '--map-root-user'];

async function succeeds([program = '', ...rest]: string[]): Promise<boolean> {
  return (await runToEnd(program, rest).catch(() => ({ code: 1 }))).code === 0;
}

/** @returns what it printed, and its exit code in brackets if that is not 0 */
async function run([program = '', ...rest]: string[], env: NodeJS.ProcessEnv, cwd = repositoryRoot): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(program, rest, { cwd, env });
  return stdout + stderr + (code === 0 ? '' : `[${String(code)}]`);
}

test('a disk with too little space is named with what it has and what is needed', async (t) => {
  const folder = temporaryFolder(t);
  const mounted = [...asRootOfItsOwn, '--mount', 'sh', '-c'];
  if (!(await succeeds([...mounted, 'mount -t tmpfs tmpfs /tmp']))) {
    t.skip('this system lets no program mount a file system of its own');
    return;
  }
  const script = `mount -t tmpfs -o size=60m tmpfs "$FOLDER" && exec "$@"`;
  const printed = await run([...mounted, script, 'sh', ...program], { FOLDER: folder });
  assert.match(printed, /^OpenSearch can't start: the disk of .* has 6\d MB left, and it needs 100\. Free some space/);
});

test('it starts for root as for an ordinary user: for the one that this test is not', async (t) => {
  const folder = temporaryFolder(t);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) fs.chownSync(folder, 65534, 65534);
  const other = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : asRootOfItsOwn;
  if (!(await succeeds([...other, 'test', '-r', path.join(repositoryRoot, 'package.json')]))) {
    t.skip('the other user is unavailable here, or can’t read this folder');
    return;
  }
  const printed = await run([...other, ...program], { FOLDER: folder, HOME: folder, TMPDIR: folder });
  assert.match(printed, isRoot ? /started for 65534/ : /started for 0/);
});

test('npm run opensearch: start, status, url, stop and wipe do what they say', async (t) => {
  // A copy of the repository: the node and the data of whoever runs the tests stay as they are.
  const copy = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'workshop-copy-')));
  const command = (words: string) =>
    run([process.execPath, '--require=tsx/cjs', 'tools/opensearch.ts', ...words.split(' ')], {}, copy);
  t.after(async () => {
    await command('wipe');
    fs.rmSync(copy, { recursive: true });
  });
  const folders = ['lib', 'console', 'download', 'local-opensearch', 'clip-model', 'workshop', 'tools'];
  for (const name of [...folders, 'package.json', 'package-lock.json', 'requirements.txt', '.npmrc']) {
    fs.cpSync(path.join(repositoryRoot, name), path.join(copy, name), { recursive: true });
  }
  for (const name of ['node_modules', '.venv', 'models', 'photos']) {
    fs.symlinkSync(path.join(repositoryRoot, name), path.join(copy, name));
  }
  fs.mkdirSync(path.join(copy, '.opensearch'));
  fs.symlinkSync(unpackedServer, path.join(copy, '.opensearch', path.basename(unpackedServer)));

  assert.equal(await command('status'), 'OpenSearch is not running.\n[3]');
  assert.match(await command('url'), /not running: npm run opensearch -- start\n\[1\]$/);
  assert.equal(await command('stop'), 'It was not running.\n');
  const started = await command('start');
  const says = new RegExp(`^OpenSearch runs at http://127.0.0.1:\\d+\nprocess \\d+, heap \\d+ MiB, data in ${copy}/`);
  assert.match(started, says);
  assert.equal(await command('start'), started);
  assert.equal(await command('status'), started);
  const url = (await command('url')).trim();
  assert.ok(started.includes(`${url}\n`));
  await fetch(`${url}/kept`, { method: 'PUT' });
  assert.equal(await command('stop'), 'OpenSearch is stopped.\n');
  assert.equal(await command('status'), 'OpenSearch is not running.\n[3]');
  const state = path.join(copy, '.opensearch/node/data/nodes/0/_state');
  for (const file of fs.readdirSync(state)) fs.truncateSync(path.join(state, file), 0);
  assert.match(await command('start'), /its data is damaged .*\[1\]$/s);
  assert.match(await command('status'), /not running; it ended by itself: its data .*\[3\]$/s);
  const doctor = await run([process.execPath, 'tools/doctor.mjs'], {}, copy);
  assert.match(doctor, /WRONG +OpenSearch +not running; it ended by itself: its data is damaged/);
  assert.doesNotMatch(doctor, /All is well/);
  assert.match(await command('set-aside'), /^OpenSearch is stopped\. Its data is in .*set-aside/);
  const again = /^OpenSearch runs at (\S+)/.exec(await command('start'))?.[1] ?? '';
  assert.equal((await fetch(`${again}/kept`)).status, 404, 'it is set aside');
  assert.match(await command('set-aside no-such'), /no files of an index 'no-such'/);
  await fetch(`${again}/broken`, { method: 'PUT' });
  fs.writeFileSync(path.join(copy, '.env'), 'OPENSEARCH_HEAP_MB=400\n');
  assert.match(await command('set-aside broken'), /^OpenSearch runs without index 'broken', whose files are in /);
  assert.match(await command('status'), /heap 400 MiB/);
  assert.equal(await command('wipe'), 'OpenSearch is stopped and its data deleted.\n');
  assert.ok(!fs.existsSync(path.join(copy, '.opensearch/node/data')));
  fs.rmSync(path.join(copy, '.opensearch', path.basename(unpackedServer)));
  const without = await run([process.execPath, 'tools/doctor.mjs'], {}, copy);
  assert.match(without, /WRONG +OpenSearch +not installed: run `node tools\/setup\.mjs`/);
  assert.match(await command('nonsense'), /npm run opensearch -- start[\s\S]*\[2\]$/);
  assert.match(await command('--help'), /^The workshop's own OpenSearch\.[\s\S]*another folder; nothing is deleted\n$/);
});
