import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { isAlive } from '../download/is-alive';
import { photoTaken } from '../lib/photo-facts';
import { findPhotos, type SkippedPhoto } from '../lib/photos';
import type { UploadReport } from '../lib/upload';
import { bytesFetcher } from '../tools/ingest/fetch-bytes';
import { partOf, partOfPart } from '../tools/ingest/part';
import { photoJpeg, scaledAddress } from '../tools/ingest/photo-jpeg';
import { readPhotoList } from '../tools/ingest/photo-list';
import { addCredits } from '../tools/photos/credits';
import { repositoryRoot } from '../workshop/settings';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { photoFaults, startPhotoServer } from './support/photo-server';
import { runTool } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-ingest';
const photosDir = path.join(repositoryRoot, 'photos');
let client: Client;
let env: NodeJS.ProcessEnv;

before(async () => {
  const url = await testOpenSearchUrl();
  // As npm run tells it for someone who calls it elsewhere.
  const called = { INIT_CWD: os.tmpdir(), npm_lifecycle_event: 'ingest' };
  env = { ...process.env, ...called, SERVICE_URI: url, INDEX_NAME: index, CLIP_MODEL: 'built-in' };
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

test('a worker that is killed is reported, and the next run does the rest', async () => {
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

test('a command that is killed or interrupted takes its workers with it', async () => {
  for (const how of ['SIGKILL', 'SIGINT'] as const) {
    let workers: number[] = [];
    const { code, stderr } = await runTool('ingest', [photosDir, '--workers', '2'], {
      env,
      meanwhile: async ({ pid = 0 }) => {
        for (; workers.length < 2; workers = childrenOf(pid)) await sleep(50);
        process.kill(pid, how);
      },
    });
    if (how === 'SIGKILL') assert.equal(code, how);
    else assert.match(`${stderr}[${String(code)}]`, /2 of 2 workers ended early; run it again.*\[1\]$/s);
    const deadline = Date.now() + 10_000;
    while (workers.some(isAlive)) {
      assert(Date.now() < deadline, 'the workers live on');
      await sleep(50);
    }
  }
});

test("a part that does not exist is refused, as is a folder without photos, one for an index that is another folder's, and more workers than a host may be asked at once", async (t) => {
  assert.match(await ingest('--part', '4/3'), /--part is 4\/3: give 1\/3, 2\/3 or 3\/3.*\[2\]$/s);
  const folder = temporaryFolder(t);
  const other = await runTool('ingest', [folder], { env: { ...env, INDEX_NAME: 'photos' } });
  const says = /^Index 'photos' is for the photos in .*\/photos: give those in .* an index of their own, INDEX_NAME=/;
  assert.match(other.stderr, says);
  const elsewhere = path.join(folder, 'holiday');
  cpSync(path.join(photosDir, 'sunflower.jpg'), path.join(elsewhere, 'flower.jpg'));
  const filled = await runTool('ingest', [elsewhere], { env });
  assert.match(filled.stderr, /^Index 'test-ingest' is for the photos in .*\/photos: give those in .*holiday an index/);
  assert.equal(await countPhotos(), 81);
  const none = path.join(folder, 'none');
  mkdirSync(none);
  const empty = await runTool('ingest', [none], { env: { ...env, INDEX_NAME: `${index}-none` } });
  assert.match(empty.stderr, /^There are no photos that can be read in /);
  const list = path.join(folder, 'list.csv');
  writeFileSync(list, 'url\n');
  const words = [list, '--workers', '3', '--per-host', '2'];
  const { stderr } = await runTool('ingest', words, { env: { ...env, PHOTOS_DIR: folder } });
  const expected = /^3 workers can't share 2 requests at a time to one host: give fewer --workers, or more --per-host/;
  assert.match(stderr, expected);
});

/** Programs that tsx starts beside it are not meant. */
function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args=']).toString().split('\n');
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , parent, command]) => Number(parent) === pid && command?.includes('ingest.ts'))
    .map(([, id]) => Number(id));
}

test('a list whose credits do not fit in one file has to be split, and is refused with that advice', async (t) => {
  const toJSON = () => {
    throw new RangeError('Invalid string length'); // as JavaScript does after 3 s and with 1 GB of memory
  };
  const says = /credits\.json would be too long .*, with the credits of 2 more photos: split the list/;
  await assert.rejects(addCredits(temporaryFolder(t), { 'a.jpg': {}, 'b.jpg': { toJSON } }), says);
});

const { signal } = new AbortController();
const use = () => Promise.resolve();

test('rows are named by their lines where they do not name a photo, or name one that was there before', async (t) => {
  const file = path.join(temporaryFolder(t), 'list.csv');
  const rows = [
    'a,https://a.test/1',
    'b',
    'c,ftp://a.test/2',
    '',
    'd,',
    '"e\ne",https://a.test/3',
    'a,https://a.test/1',
  ];
  writeFileSync(file, ['\ufeffid,url', ...rows].join('\r\n'));
  const { photos, skipped } = await readPhotoList(file, '/photos');
  const found = photos.map(({ address }) => address);
  assert.deepEqual(found, ['https://a.test/1', 'https://a.test/3']);
  assert.match(photos[1]?.path ?? '', /^\/photos\/list\/e_e-[0-9a-f]{16}\.jpg$/);
  const lines = skipped.map(({ imageUrl, reason }) => `${imageUrl} ${reason}`).sort();
  assert.deepEqual(lines, [
    'list.csv, line 3 has more or fewer columns than line 1',
    'list.csv, line 4 has an address that is not a web address (https://…)',
    'list.csv, line 6 has no address',
    'list.csv, line 9 is the same photo as line 2',
  ]);
  const told = /list\.csv has no column name\. Its columns are id, url\./;
  await assert.rejects(readPhotoList(file, '/photos', { title: 'name' }), told);
  writeFileSync(file, 'id,url\na,https://a.test/1\nb,"https://a.test/2\nc,https://a.test/3\n');
  await assert.rejects(readPhotoList(file, '/photos'), /a quotation mark in line 3 or below that is never closed/);
});

test('nothing is fetched from this machine or its network, however it is written, unless it is allowed', async () => {
  const server = await startPhotoServer();
  const { port } = new URL(server.url);
  const fetchBytes = bytesFetcher({ perHost: 4, allowPrivate: [], signal });
  const hosts = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '10.0.0.1',
  ];
  for (const host of [...hosts, '192.168.1.1', '169.254.169.254', '[fe80::1]', '[fd00::1]', '[64:ff9b::7f00:1]']) {
    await assert.rejects(fetchBytes(`http://${host}:${port}/good/1.jpg`, use), /is not on the public internet/, host);
  }
  assert.deepEqual(server.asked, []);
  const allowing = bytesFetcher({ perHost: 4, allowPrivate: [`LOCALHOST:${port}`], signal });
  await allowing(`http://localhost:${port}/good/1.jpg`, use);
  assert.deepEqual(server.asked, ['/good/1.jpg']);
});

test('a host gets no more requests at a time than it is thought to bear', async () => {
  const server = await startPhotoServer();
  const fetchBytes = bytesFetcher({ perHost: 3, allowPrivate: ['127.0.0.1'], signal });
  await Promise.all(Array.from({ length: 12 }, (_, i) => fetchBytes(`${server.url}/slow/${i}.jpg`, use)));
  assert.equal(server.most, 3);
});

test('a host that is gone, or answers nothing but errors, is given up, and not for each of its photos', async () => {
  const [gone, broken] = [await startPhotoServer(), await startPhotoServer()];
  await gone.close();
  const problems = new Map([
    [gone, /cannot be reached \(ECONNREFUSED\)/],
    [broken, /the server answers HTTP 500 .* Tried 6 times/],
  ]);
  for (const [{ url }, problem] of problems) {
    const fetchBytes = bytesFetcher({ ...{ perHost: 4, firstPauseMs: 1 }, allowPrivate: ['127.0.0.1'], signal });
    const addresses = Array.from({ length: 40 }, (_, i) => `${url}/error/${i}`);
    const results = await Promise.allSettled(addresses.map((address) => fetchBytes(address, use)));
    const reasons = results.map((result) => (result.status === 'rejected' ? String(result.reason) : ''));
    assert.match(reasons[0] ?? '', problem);
    assert.match(reasons[39] ?? '', /failed 20 times in a row, and is not asked again in this run/);
  }
});

test("Unsplash is asked for the width that is needed; others' photos are made so, unless they are kept", async () => {
  const address = 'https://images.unsplash.com/photo-1?ixid=a';
  assert.equal(scaledAddress(address, 640), `${address}&w=640&fm=jpg&q=90`);
  assert.equal(scaledAddress('https://a.test/1', 640), 'https://a.test/1');
  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'red' } })
    .withExif({ IFD2: { DateTimeOriginal: '2024:05:31 18:20:07' }, IFD3: { GPSMapDatum: 'WGS-84' } })
    .png()
    .toBuffer();
  for (const [width, expected] of [
    [640, 640],
    [undefined, 900],
  ] as const) {
    const jpeg = await photoJpeg(photo, { width, limitPixels: undefined, address });
    const { format, width: found, exif } = await sharp(jpeg).metadata();
    assert.deepEqual([format, found, photoTaken(exif)], ['jpeg', expected, '2024-05-31T18:20:07']);
    assert.equal(exif?.includes('WGS-84'), false, 'where it was taken is not kept');
    const again = await photoJpeg(jpeg, { width, limitPixels: undefined, address: 'https://a.test/2' });
    assert.deepEqual(await sharp(again).raw().toBuffer(), await sharp(jpeg).raw().toBuffer(), 'stays as it is');
    assert.notDeepEqual(again, jpeg, 'but says where it comes from');
  }
});

const header =
  'photo_id\tphoto_url\tphoto_image_url\tphotographer_first_name\tphotographer_last_name\tphoto_description\tai_description\n';

test('of 25,000 addresses each good one is in the index once, with its credit, and each bad one is named', async (t) => {
  const [server, busy] = [await startPhotoServer(), await startPhotoServer({ retryAfter: 3600 })];
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

test('a photo that is fetched again, by a run after one that was killed, is one that had not arrived; one that OpenSearch refuses is named with those that were skipped', async (t) => {
  const server = await startPhotoServer();
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
  const at = { env: { ...env, INDEX_NAME: index, PHOTOS_DIR: photosDir } };
  await runTool('ingest', words, {
    ...at,
    meanwhile: async (child) => {
      while (server.asked.length < 150 && child.exitCode === null) await sleep(2);
      child.kill('SIGKILL');
    },
  });
  assert(server.asked.length < 400, `killed after ${server.asked.length} requests`);

  const { code, stdout, stderr } = await runTool('ingest', [...words, '--workers', '2'], at);
  assert.match(`${stdout}[${String(code)}]`, /^indexed +\d+\nunchanged +\d+\nskipped +1\n.*\[0\]$/s, stderr);
  const good = server.asked.filter((name) => name.startsWith('/good/'));
  assert.deepEqual(new Set(good), new Set(paths));
  assert(good.length <= paths.length + 8, `${good.length} requests`);
  await client.indices.refresh({ index });
  assert.equal((await client.count({ index, body: { query: { term: { author: 'Ada' } } } })).body.count, paths.length);
  const skipped = readFileSync(path.join(photosDir, 'a_list-skipped.tsv'), 'utf8');
  assert.match(skipped, /^photos\/a_list\/\w+\.jpg\tits address does not exist \(HTTP 404\)\n$/);
  const { photos } = await findPhotos(photosDir);
  assert.deepEqual(photos[0]?.credit, { author: 'Ada' }, 'credits.json has it for those who find the photos');

  t.after(() => client.ingest.deletePipeline({ id: index }));
  const processors = [{ fail: { if: "ctx.author == 'Bert'", message: 'no Bert' } }];
  await client.ingest.putPipeline({ id: index, body: { processors } });
  await client.indices.putSettings({ index, body: { 'index.default_pipeline': index } });
  appendFileSync(file, `\n${server.url}/good/500.jpg;Bert`);
  const refused = await runTool('ingest', [...words, '--workers', '2'], at);
  assert.match(refused.stdout, /^indexed +0\nunchanged +400\nskipped +1\ndropped +1\n/);
  const says = /1 of 2 workers ended early.*did not take 1 photo;.*\[1\]$/s;
  assert.match(`${refused.stderr}[${String(refused.code)}]`, says);
  const named = readFileSync(path.join(photosDir, 'a_list-skipped.tsv'), 'utf8');
  assert.match(named, /\(HTTP 404\)\n.*\t.*no Bert\n$/s);
});
