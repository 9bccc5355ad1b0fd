import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findPhotos, type SkippedPhoto } from '../lib/photos';
import type { UploadReport } from '../lib/upload';
import { repositoryRoot } from '../workshop/settings';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { photoFaults, startPhotoServer, type PhotoServer } from './support/photo-server';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const header =
  'photo_id\tphoto_url\tphoto_image_url\tphotographer_first_name\tphotographer_last_name\tphoto_description\tai_description\n';

async function photoServer(t: TestContext, options: { retryAfter?: number } = {}): Promise<PhotoServer> {
  const server = await startPhotoServer(options);
  t.after(server.close);
  return server;
}

test('of 25,000 addresses each good one is in the index once, with its credit, and each bad one is named', async (t) => {
  const [server, busy] = [await photoServer(t), await photoServer(t, { retryAfter: 3600 })];
  const photosDir = temporaryFolder(t);
  // 3 % fail, in turn in all ways; some only at first.
  const ways = [...Object.keys(photoFaults).filter((way) => way !== 'silent'), 'busy', 'errorOnce', 'noAddress'];
  const kinds = Array.from({ length: 25_000 }, (_, i) =>
    i % 33 === 0 ? (ways[(i / 33) % ways.length] ?? '') : 'good',
  );
  // What takes time is rare.
  kinds[5000] = kinds[15_000] = 'busyOnce';
  kinds[6000] = kinds[16_000] = 'silent';
  const addressOf = (kind: string, i: number) =>
    kind === 'noAddress' ? 'nowhere' : `${kind === 'busy' ? busy.url : server.url}/${kind}/${i}.jpg`;
  const file = path.join(photosDir, 'listed.tsv000');
  const rows = kinds.map(
    (kind, i) => `p${i}\thttps://pages.test/${i}\t${addressOf(kind, i)}\tAda\tB. ${i}\t\tphoto ${i}\n`,
  );
  writeFileSync(file, header + rows.join(''));
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension: 8 }).identity);

  const limits = { perHost: 8, mostBytes: 200_000, timeoutMs: 2000, firstPauseMs: 5 };
  // In a process of its own: what the test runner keeps of each promise would take a third of the time.
  const run = async () => {
    const program = `
      const { silentProgress: progress } = require('@/test/support/silent-progress');
      const { signal } = new AbortController();
      async function main() {
        const clip = require('@/test/support/fake-clip').fakeClip({ dimension: 8, side: 8 });
        const client = await require('@/test/support/photo-indexes').testClient();
        const list = await require('@/tools/ingest/photo-list').readPhotoList('${file}', '${photosDir}');
        const limits = { ...${JSON.stringify(limits)}, allowPrivate: ['127.0.0.1'], signal };
        const fetchBytes = require('@/tools/ingest/fetch-bytes').bytesFetcher(limits);
        const how = { index: '${index}', clip, photos: list.photos, fetchBytes, keep: false, signal, progress };
        const report = await require('@/tools/ingest/ingest-list').ingestList(client, how);
        console.log(JSON.stringify({ ...report, unlisted: list.skipped }));
        process.exit();
      }
      void main();`;
    const printed = await startProcess(program, { env: { TEST_OPENSEARCH_URL: await testOpenSearchUrl() } }).ended;
    assert.match(printed, /^\{.*\}\n\[0\]$/);
    return JSON.parse(printed.replace(/\[0\]$/, '')) as UploadReport & { unlisted: SkippedPhoto[] };
  };
  const report = await run();

  const isGood = (kind: string) => kind === 'good' || kind.endsWith('Once');
  const good = kinds.flatMap((kind, i) => (isGood(kind) ? [i] : []));
  assert.equal(report.indexed, good.length);
  const numberOf = (imageUrl = '') => Number(/p(\d+)-/.exec(imageUrl)?.[1]);
  const reasons = new Map(report.skipped.map(({ imageUrl, reason }) => [numberOf(imageUrl), reason]));
  for (const { imageUrl, reason } of report.unlisted) reasons.set(Number(/line (\d+)/.exec(imageUrl)?.[1]) - 2, reason);
  assert.equal(reasons.size + good.length, kinds.length);
  const others = { busy: /asks to wait (5.|60) min: run this again after that$/, noAddress: /not a web address/ };
  for (const [i, reason] of reasons) {
    assert.match(reason, { ...photoFaults, ...others }[kinds[i] ?? ''] ?? /good/, `${kinds[i] ?? ''} ${i}`);
  }
  assert(server.most <= limits.perHost, String(server.most));
  assert.equal(server.impatient, 0);
  assert(busy.asked.length <= limits.perHost, 'a host that asks to wait an hour is left in peace');

  const { photos } = await findPhotos(photosDir);
  const body = { _source: ['image_url', 'title', 'author', 'source_url'] };
  const stored = new Map<number, object>();
  for await (const document of client.helpers.scrollDocuments({ index, size: 5000, body })) {
    const { image_url, ...credit } = document as Record<string, string>;
    stored.set(numberOf(image_url), credit);
  }
  assert.equal(stored.size, good.length);
  assert.equal((await client.count({ index })).body.count, good.length);
  for (const i of good) {
    const credit = { title: `photo ${i}`, author: `Ada B. ${i}`, source_url: `https://pages.test/${i}` };
    assert.deepEqual(stored.get(i), credit);
  }
  assert.equal(photos.length, good.length, 'what is on disk is what is in the index');

  const asked = server.asked.length;
  const again = await run();
  assert.deepEqual([again.indexed, again.unchanged, again.skipped.length], [0, good.length, report.skipped.length]);
  const askedAgain = server.asked.slice(asked).filter((url) => isGood(url.split('/')[1] ?? ''));
  assert.deepEqual(askedAgain, [], 'only what is not in the index is asked for again');
});

test('a photo that is fetched again, by a run after one that was killed, is one that had not arrived', async (t) => {
  const server = await photoServer(t);
  const photosDir = temporaryFolder(t);
  const file = path.join(photosDir, 'a list.csv');
  const paths = Array.from({ length: 400 }, (_, i) => `/good/${i}.jpg`);
  writeFileSync(
    file,
    ['Bild;Wer', ...paths.map((name) => `${server.url}${name};Ada`), `${server.url}/missing/1;Ada`].join('\n'),
  );
  const index = `test-ingest-list-${process.pid}`;
  const client = await testClient();
  t.after(() => client.indices.delete({ index, ignore_unavailable: true }));
  const words = [file, '--allow-private', '127.0.0.1', '--column', 'address=Bild', '--column', 'author=Wer'];
  const program = ['--require=tsx/cjs', 'tools/ingest.ts', ...words];
  const settings = { SERVICE_URI: await testOpenSearchUrl(), CLIP_MODEL: 'built-in', INDEX_NAME: index };
  const at = { cwd: repositoryRoot, env: { ...process.env, ...settings, PHOTOS_DIR: photosDir } };
  const child = spawn(process.execPath, program, at);
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (server.asked.length < 150 && child.exitCode === null) await sleep(2);
  child.kill('SIGKILL');
  await ended;
  assert(server.asked.length < 400, `killed after ${server.asked.length} requests`);

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, '--workers', '2'], at);
  assert.match(stdout, /^indexed +\d+\nunchanged +\d+\nskipped +1\n/, stderr);
  const good = server.asked.filter((name) => name.startsWith('/good/'));
  assert.deepEqual(new Set(good), new Set(paths));
  assert(good.length <= paths.length + 8, `${good.length} requests`);
  await client.indices.refresh({ index });
  assert.equal((await client.count({ index, body: { query: { term: { author: 'Ada' } } } })).body.count, paths.length);
  const skipped = readFileSync(path.join(photosDir, 'a_list-skipped.tsv'), 'utf8');
  assert.match(skipped, /^photos\/a_list\/\w+\.jpg\tits address does not exist \(HTTP 404\)\n$/);
  const { photos } = await findPhotos(photosDir);
  assert.deepEqual(photos[0]?.credit, { author: 'Ada' }, 'credits.json has it for those who find the photos');
});
