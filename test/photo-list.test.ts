import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { bytesFetcher } from '../tools/ingest/fetch-bytes';
import { photoJpeg, scaledAddress } from '../tools/ingest/photo-jpeg';
import { readPhotoList } from '../tools/ingest/photo-list';
import { startPhotoServer } from './support/photo-server';
import { temporaryFolder } from './support/temporary-folder';

const { signal } = new AbortController();
const use = () => Promise.resolve();

test('rows are named by their lines where they name no photo, or one that was there before', async (t) => {
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
  assert.deepEqual(
    photos.map(({ address }) => address),
    ['https://a.test/1', 'https://a.test/3'],
  );
  assert.match(photos[1]?.path ?? '', /^\/photos\/list\/e_e-[0-9a-f]{16}\.jpg$/);
  const lines = skipped.map(({ imageUrl, reason }) => `${imageUrl} ${reason}`).sort();
  assert.deepEqual(lines, [
    'list.csv, line 3 has more or fewer columns than line 1',
    'list.csv, line 4 has an address that is not a web address (https://…)',
    'list.csv, line 6 has no address',
    'list.csv, line 9 is the same photo as line 2',
  ]);
  await assert.rejects(
    readPhotoList(file, '/photos', { title: 'name' }),
    /list\.csv has no column name\. Its columns are id, url\./,
  );
  writeFileSync(file, 'id,url\na,https://a.test/1\nb,"https://a.test/2\nc,https://a.test/3\n');
  await assert.rejects(readPhotoList(file, '/photos'), /a quotation mark in line 3 or below that is never closed/);
});

test('nothing is fetched from this machine or its network, however it is written, unless it is allowed', async (t) => {
  const server = await startPhotoServer();
  t.after(server.close);
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
});

test('a host gets no more requests at a time than it is thought to bear', async (t) => {
  const server = await startPhotoServer();
  t.after(server.close);
  const fetchBytes = bytesFetcher({ perHost: 3, allowPrivate: ['127.0.0.1'], signal });
  await Promise.all(Array.from({ length: 12 }, (_, i) => fetchBytes(`${server.url}/slow/${i}.jpg`, use)));
  assert.equal(server.most, 3);
});

test('a host that is gone is given up, and not for each of its photos', async () => {
  const server = await startPhotoServer();
  await server.close();
  const fetchBytes = bytesFetcher({ ...{ perHost: 4, firstPauseMs: 1 }, allowPrivate: ['127.0.0.1'], signal });
  const results = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => fetchBytes(`${server.url}/${i}`, use)));
  const reasons = results.map((result) => (result.status === 'rejected' ? String(result.reason) : ''));
  assert.match(reasons[0] ?? '', /cannot be reached \(ECONNREFUSED\)/);
  assert.match(reasons[39] ?? '', /failed 20 times in a row, and is not asked again in this run/);
});

test("Unsplash is asked for the width that is needed; others' photos are made so, unless they are kept", async () => {
  const address = 'https://images.unsplash.com/photo-1?ixid=a';
  assert.equal(scaledAddress(address, 640), `${address}&w=640&fm=jpg&q=90`);
  assert.equal(scaledAddress('https://a.test/1', 640), 'https://a.test/1');
  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  for (const [width, expected] of [
    [640, 640],
    [undefined, 900],
  ] as const) {
    const jpeg = await photoJpeg(photo, { width, limitPixels: undefined, address });
    const { format, width: found } = await sharp(jpeg).metadata();
    assert.deepEqual([format, found], ['jpeg', expected]);
    const again = await photoJpeg(jpeg, { width, limitPixels: undefined, address: 'https://a.test/2' });
    assert.deepEqual(await sharp(again).raw().toBuffer(), await sharp(jpeg).raw().toBuffer(), 'stays as it is');
    assert.notDeepEqual(again, jpeg, 'but says where it comes from');
  }
});
