import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { UMAP } from 'umap-js';
import { PhotoSearchError } from '../lib/errors';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { arrange } from '../further/map/arrange';
import { background } from '../further/map/draw-tiles';
import { projectVectors } from '../further/map/project';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { photoMap } from '../further/map/photo-map';
import type { PhotoHit } from '../lib/search';
import { seededRandom } from '../further/seeded-random';
import { testClient } from './support/photo-indexes';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const dimension = 32;
let client: Client;

before(async () => {
  client = await testClient();
});

after(() => client.close());

const colours = ['#c33', '#3a3', '#36c', '#cb3'];

/** An index of `count` photos, small files of plain colours, as many as that is, gone after the test. */
async function photosInIndex(
  t: TestContext,
  count: number,
  { reversed = false }: { reversed?: boolean } = {},
): Promise<{ index: string; photosDir: string; hits: PhotoHit[] }> {
  const index = `test-map-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const identity = { model: 'm', revision: 'r', dtype: 'fp32', preprocessing: 'p', dimension };
  await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
  t.after(() => client.indices.delete({ index, ignore_unavailable: true }));
  const photosDir = path.join(temporaryFolder(t), 'photos');
  await mkdir(photosDir);
  const vectors = syntheticVectors(count, { dimension, clusters: 4, intrinsicDimension: 8 });
  const names = vectors.map((_, i) => `${String(i).padStart(4, '0')}.png`);
  for (const [i, name] of names.entries()) {
    const create = { width: 40, height: 30, channels: 3, background: colours[i % 4] ?? '' } as const;
    await sharp({ create }).png().toFile(path.join(photosDir, name));
  }
  const documents = vectors.flatMap((vector, i) => [
    { index: { _id: `id-${i}` } },
    { image_url: `photos/${names[i] ?? ''}`, embedding: Array.from(vector) },
  ]);
  if (count > 0) {
    const pairs = documents.flatMap((_, i) => (i % 2 === 0 ? [documents.slice(i, i + 2)] : []));
    if (reversed) pairs.reverse();
    await client.bulk({ index, refresh: true, body: pairs.flat() });
  }
  const hits = [3, 1, 2].flatMap((i) =>
    i < count ? [{ id: `id-${i}`, cosine: 0.3, image_url: `photos/${names[i] ?? ''}` }] : [],
  );
  return { index, photosDir, hits };
}

interface Shown {
  picture: Buffer;
  alt: string;
  caption: string;
}

function shown(html: string): Shown {
  const [, base64 = '', alt = ''] =
    /<img src="data:image\/webp;base64,([A-Za-z0-9+/=]+)" alt="([^"]*)"/.exec(html) ?? [];
  const [, caption = ''] = /<figcaption[^>]*>(.*)<\/figcaption>/.exec(html) ?? [];
  return { picture: Buffer.from(base64, 'base64'), alt, caption };
}

/** The share of a picture's pixels that `is` is true of. */
async function share(picture: Buffer, is: (red: number, green: number, blue: number) => boolean): Promise<number> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let i = 0; i < data.length; i += 3) {
    if (is(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0)) count++;
  }
  return count / (info.width * info.height);
}

const isAmber = (red: number, green: number, blue: number) => red > 220 && green > 140 && green < 210 && blue < 90;

test('no thumbnail covers another, nor the query, nor leaves the picture, whatever the number and the hits', () => {
  const random = seededRandom(7);
  for (const [count, hitCount] of [
    ...[1, 2, 3, 5, 81, 400, 1000, 2000].flatMap((count) => [[count, 0] as const, [count, 3] as const]),
    [60, 50] as const,
    [300, 300] as const,
    [1000, 100] as const,
  ]) {
    // Half of them in one spot: the worst that a projection can do.
    const points = Array.from({ length: count }, (_, i) =>
      i % 2 === 0 ? { x: 0, y: 0 } : { x: random(), y: random() },
    );
    const hits = Array.from({ length: Math.min(count, hitCount) }, (_, i) => i);
    const { width, height, squares, query } = arrange(points, hits);
    const name = `${count} photos, ${hitCount} hits`;
    assert.equal(squares.length, count);
    assert.equal(query !== undefined, hits.length > 0);
    assert.ok(width <= 1648 && height <= 1648, `${name}: ${width} × ${height}`);
    const pixels = new Uint8Array(width * height);
    for (const { left, top, side } of query ? [...squares, query] : squares) {
      assert.ok(side >= 8 && left >= 0 && top >= 0, name);
      assert.ok(left + side <= width && top + side <= height, name);
      for (let row = top; row < top + side; row++) {
        const line = pixels.subarray(row * width + left, row * width + left + side);
        assert.ok(
          line.every((pixel) => pixel === 0),
          `${name}: two tiles at ${left}, ${row}`,
        );
        line.fill(1);
      }
    }
  }
});

test('near vectors come to lie near each other: most neighbours on the map are of the same cluster', async () => {
  const count = 200;
  const vectors = syntheticVectors(count, { dimension, clusters: 4, intrinsicDimension: 8 });
  const points = await projectVectors(vectors);
  const similar = (a: number, b: number) =>
    vectors[a]?.reduce((sum, value, i) => sum + value * (vectors[b]?.[i] ?? 0), 0) ?? NaN;
  const distance = (a: number, b: number) =>
    Math.hypot((points[a]?.x ?? 0) - (points[b]?.x ?? 0), (points[a]?.y ?? 0) - (points[b]?.y ?? 0));
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const others = Array.from({ length: count }, (_, j) => j).filter((j) => j !== i);
    const truth = new Set(others.sort((a, b) => similar(i, b) - similar(i, a)).slice(0, 20));
    const onMap = [...others].sort((a, b) => distance(i, a) - distance(i, b)).slice(0, 20);
    kept += onMap.filter((j) => truth.has(j)).length / 20;
  }
  // By chance it would be a tenth.
  assert.ok(kept / count > 0.5, String(kept / count));
});

test('the same photos give the same picture, byte for byte: again, in another process, and uploaded in another order', async (t) => {
  const { index, photosDir, hits } = await photosInIndex(t, 60);
  const html = await photoMap(client, { index, photosDir, query: 'red', hits });
  assert.equal(await photoMap(client, { index, photosDir, query: 'red', hits }), html);

  const digest = createHash('sha256').update(html).digest('hex');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import=tsx', path.join(__dirname, 'support', 'map-digest.ts')],
    {
      cwd: path.resolve(__dirname, '..'),
      env: {
        ...process.env,
        MAP_TEST: JSON.stringify({ url: await testOpenSearchUrl(), index, photosDir, query: 'red', hits }),
      },
    },
  );
  assert.equal(stdout.trim(), digest);

  const other = await photosInIndex(t, 60, { reversed: true });
  const again = await photoMap(client, { ...other, query: 'red' });
  assert.ok(shown(again).picture.equals(shown(html).picture));
});

test('any number of photos has a map, from 1 on; none is a sentence', async (t) => {
  for (const count of [1, 2, 3, 4, 5, 16]) {
    const { index, photosDir, hits } = await photosInIndex(t, count);
    const { picture, caption } = shown(await photoMap(client, { index, photosDir, hits, query: 'red' }));
    assert.ok((await sharp(picture).metadata()).width > 0);
    assert.match(caption, count === 1 ? /^1 photo\./ : new RegExp(`^${count} photos, `));
  }
  const { index, photosDir } = await photosInIndex(t, 0);
  assert.match(await photoMap(client, { index, photosDir }), /No photos found/);
});

test('the hits and the query are marked, and named in the caption and the alternative text', async (t) => {
  const { index, photosDir, hits } = await photosInIndex(t, 30);
  const [plain, marked] = [
    shown(await photoMap(client, { index, photosDir })),
    shown(await photoMap(client, { index, photosDir, query: 'red', hits })),
  ];
  assert.ok((await share(plain.picture, isAmber)) < 0.001);
  assert.ok((await share(marked.picture, isAmber)) > 0.01);
  assert.match(marked.caption, /Framed: the hits for <b>red<\/b>/);
  assert.ok(marked.alt.includes('found for “red”: photos/0003.png, photos/0001.png'), marked.alt);
  assert.ok(!/Framed|glass/.test(plain.caption));
  const unnamed = shown(await photoMap(client, { index, photosDir, hits }));
  assert.match(unnamed.caption, /Framed: the hits, numbered/);
  assert.ok(unnamed.alt.includes('found: photos/0003.png'), unnamed.alt);
});

test('a photo that is missing, broken or outside the folder is a grey tile, and counted', async (t) => {
  const { index, photosDir } = await photosInIndex(t, 12);
  const isGrey = (red: number, green: number, blue: number) =>
    Math.abs(red - 92) < 8 && Math.abs(green - 98) < 8 && Math.abs(blue - 107) < 8;
  assert.ok((await share(shown(await photoMap(client, { index, photosDir })).picture, isGrey)) < 0.001);
  await writeFile(path.join(photosDir, '0003.png'), 'no picture');
  await client.update({ index, id: 'id-4', body: { doc: { image_url: 'photos/../../x.png' } } });
  await client.update({ index, id: 'id-5', body: { doc: { image_url: 'photos/gone.png' } }, refresh: true });
  const { picture, caption } = shown(await photoMap(client, { index, photosDir }));
  const ground = await share(picture, (red, green, blue) => {
    const off = [red - background.r, green - background.g, blue - background.b];
    return off.every((difference) => Math.abs(difference) < 6);
  });
  const grey = await share(picture, isGrey);
  assert.ok(Math.abs(grey / (1 - ground) - 3 / 12) < 0.05, `${grey} of ${1 - ground}`);
  assert.match(caption, /Grey: 3 /);
});

test('of more photos than the limit a sample is drawn, the same each time, the hits in it, and it says so', async (t) => {
  const { index, photosDir, hits } = await photosInIndex(t, 50);
  const html = await photoMap(client, { index, photosDir, hits, query: 'red', limit: 10 });
  assert.match(shown(html).caption, /^10 of 50 photos, drawn at random/);
  assert.ok(shown(html).alt.includes('photos/0003.png, photos/0001.png, photos/0002.png'));
  assert.equal(await photoMap(client, { index, photosDir, hits, query: 'red', limit: 10 }), html);
  for (const limit of [0, 20_001, NaN]) {
    await assert.rejects(
      photoMap(client, { index, photosDir, limit }),
      (error: Error) => error instanceof PhotoSearchError && /1 to 20,000 photos/.test(error.message),
    );
  }
});

test('text from outside never becomes markup, and nothing is in it that a sanitiser takes away', async (t) => {
  const { index, photosDir, hits } = await photosInIndex(t, 6);
  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;
  const html = await photoMap(client, {
    index,
    photosDir,
    query: evil,
    hits: hits.map((hit) => ({ ...hit, title: evil })),
  });
  assert.ok(!/<script|<svg|<style|object-fit/i.test(html));
  assert.equal(html.match(/<img/g)?.length, 1);
  assert.ok(!/<[^>]*\sonerror/i.test(html.replaceAll(/"[^"]*"/g, '""')));
});

test('the map of 1,000 noisy photos stays below 600 kB', async (t) => {
  const { index, photosDir } = await photosInIndex(t, 1000);
  const random = seededRandom(3);
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, () => Math.floor(256 * random())));
  const noisy = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  for (let i = 0; i < 1000; i++) {
    await writeFile(path.join(photosDir, `${String(i).padStart(4, '0')}.png`), noisy);
  }
  const html = await photoMap(client, { index, photosDir });
  assert.ok(html.length > 100_000 && html.length < 601_500, String(html.length));
  const { width, height } = await sharp(shown(html).picture).metadata();
  assert.ok(width >= 1200 && width <= 1648 && height <= 1648, `${width} × ${height}`);
});

test('an interrupt during the projection stops it in the same round', async (t) => {
  const stop = new AbortController();
  const prototype = UMAP.prototype as unknown as { optimizeLayoutStep: (round: number) => unknown };
  const original = prototype.optimizeLayoutStep;
  const { mock } = t.mock.method(prototype, 'optimizeLayoutStep', function (this: UMAP, round: number) {
    if (round === 3) stop.abort(new Error('interrupted'));
    return original.call(this, round);
  });
  const vectors = syntheticVectors(40, { dimension });
  await assert.rejects(projectVectors(vectors, stop.signal), /interrupted/);
  assert.equal(mock.callCount(), 4);
});
