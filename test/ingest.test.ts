import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import { isAlive } from '../download/is-alive';
import { partOf, partOfPart } from '../tools/ingest/part';
import { repositoryRoot } from '../workshop/settings';
import { testClient } from './support/photo-indexes';
import { runTool } from './support/run-tool';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-ingest';
const photosDir = path.join(repositoryRoot, 'photos');
let client: Client;
let env: NodeJS.ProcessEnv;

before(async () => {
  const url = await testOpenSearchUrl();
  env = { ...process.env, SERVICE_URI: url, INDEX_NAME: index, CLIP_MODEL: 'built-in' };
  client = await testClient();
  await client.indices.delete({ index, ignore_unavailable: true });
});

after(() => client.indices.delete({ index, ignore_unavailable: true }));

/** @returns what it prints, and its exit code in brackets */
async function ingest(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool('ingest', [photosDir, ...words], { env });
  return `${stdout}${stderr}[${String(code)}]`;
}

async function countPhotos(): Promise<number> {
  const exists = await client.indices.exists({ index });
  if (!exists.body) return 0;
  await client.indices.refresh({ index });
  return (await client.count({ index })).body.count;
}

test('each photo is in exactly one part, wherever it is asked and whatever else there is', () => {
  const photos = Array.from({ length: 1000 }, (_, i) => ({ id: `holiday/${i}.jpg` }));
  const part = (number: number, all = photos) => partOf(all, { number, of: 3 });
  const parts = [1, 2, 3].map((number) => part(number));
  assert.deepEqual(new Set(parts.flat()), new Set(photos));
  for (const { length } of parts) assert(length > 250 && length < 420, String(length));
  const ofHalf = parts[1]?.filter((photo) => photos.indexOf(photo) >= 500);
  assert.deepEqual(part(2, photos.slice(500)), ofHalf);
  const workers = [1, 2].map((number) => partOf(photos, partOfPart({ number: 2, of: 3 }, { number, of: 2 })));
  assert.deepEqual(new Set(workers.flat()), new Set(parts[1]));
  assert.equal(parts.flat().length + workers.flat().length, 1000 + (parts[1]?.length ?? NaN));
});

test('two machines that begin at once, with two workers and one, make one index and bring all into it, also where a third does the same part', async () => {
  const parts = [
    ['--part', '1/2', '--workers', '2'],
    ['--part', '2/2'],
    ['--part', '2/2'],
  ];
  const ends = await Promise.all(parts.map((words) => ingest(...words)));
  for (const end of ends) assert.match(end, /\[0\]$/, ends.join('\n'));
  assert.match(ends.join(''), /is made for 81 photos:\nnumber_of_shards +1 /);
  assert.equal(await countPhotos(), 81);
});

test('a worker that is killed is told, and the next run does the rest', async () => {
  await client.deleteByQuery({ index, body: { query: { match_all: {} } }, refresh: true });
  const { code, stderr } = await runTool('ingest', [photosDir, '--workers', '2'], {
    env,
    meanwhile: async ({ pid = 0 }) => {
      let workers: number[] = [];
      for (; workers.length < 2; workers = childrenOf(pid)) await sleep(50);
      process.kill(workers[0] ?? 0, 'SIGKILL');
    },
  });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /1 of 2 workers ended early; run it again.*\n +part [12]\/2: SIGKILL/);
  const before = await countPhotos();
  assert(before > 0 && before < 81, String(before));
  const again = await ingest('--workers', '2');
  assert.match(again, new RegExp(`^indexed +${81 - before}\nunchanged +${before}\n`, 'm'));
  assert.equal(await countPhotos(), 81);
});

test('a command that is killed takes its workers with it', async () => {
  let workers: number[] = [];
  await runTool('ingest', [photosDir, '--workers', '2'], {
    env,
    meanwhile: async ({ pid = 0 }) => {
      for (; workers.length < 2; workers = childrenOf(pid)) await sleep(50);
      process.kill(pid, 'SIGKILL');
    },
  });
  const deadline = Date.now() + 10_000;
  while (workers.some(isAlive)) {
    assert(Date.now() < deadline, 'the workers live on');
    await sleep(50);
  }
});

test('a part that there is not is refused', async () => {
  assert.match(await ingest('--part', '4/3'), /--part is 4\/3: give 1\/3, 2\/3 or 3\/3.*\[2\]$/s);
});

/** Programs that tsx starts beside it are not meant. */
function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args=']).toString().split('\n');
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , parent, command]) => Number(parent) === pid && command?.includes('ingest.ts'))
    .map(([, id]) => Number(id));
}
