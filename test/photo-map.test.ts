import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { UMAP } from 'umap-js';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { arrange } from '../further/map/arrange';
import { background } from '../further/map/draw-tiles';
import { photoMap, type PhotoMapOptions } from '../further/map/photo-map';
import { projectVectors } from '../further/map/project-vectors';
import { seededRandom } from '../further/seeded-random';
import { dotProduct } from '../further/dot-product';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const dimension = 32;
const clustered = (count: number) => syntheticVectors(count, { dimension, clusters: 4, intrinsicDimension: 8 });
const random = seededRandom(3);
let client: Client;

before(async () => (client = await testClient()));

type Scene = Required<Pick<PhotoMapOptions, 'index' | 'photosDir' | 'hits' | 'query'>>;

/** An index of `count` photos, small files, plain ones if not noisy, gone after the test. */
async function photosInIndex(t: TestContext, count: number, { reversed = false, noisy = false } = {}): Promise<Scene> {
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension }).identity);
  const photosDir = path.join(temporaryFolder(t), 'photos');
  await mkdir(photosDir);
  const colours = ['#c33', '#3a3', '#36c', '#cb3'];
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, () => Math.floor(256 * random())));
  const noisyPicture = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  const documents: object[][] = [];
  const hits: Scene['hits'][number][] = [];
  for (const [i, vector] of clustered(count).entries()) {
    const name = `${String(i).padStart(4, '0')}.png`;
    const plain = sharp({ create: { width: 40, height: 30, channels: 3, background: colours[i % 4] ?? '' } });
    await writeFile(path.join(photosDir, name), noisy ? noisyPicture : await plain.png().toBuffer());
    documents.push([{ index: { _id: `id-${i}` } }, { image_url: `photos/${name}`, embedding: [...vector] }]);
    if (i > 0 && i < 4) hits.push({ id: `id-${i}`, cosine: 0.3, image_url: `photos/${name}` });
  }
  if (reversed) documents.reverse();
  if (count > 0) await client.bulk({ index, refresh: true, body: documents.flat() });
  return { index, photosDir, hits: hits.reverse(), query: 'red' };
}

const mapOf = (options: Scene, more: Partial<PhotoMapOptions> = {}) => photoMap(client, { ...options, ...more });

function shown(html: string): { picture: Buffer; alt: string; caption: string } {
  const [, base64 = '', alt = ''] = /<img src="data:image\/webp;base64,([\w+/=]+)" alt="([^"]*)"/.exec(html) ?? [];
  const [, caption = ''] = /<figcaption[^>]*>(.*)<\/figcaption>/.exec(html) ?? [];
  return { picture: Buffer.from(base64, 'base64'), alt, caption };
}

/** The share of a picture's pixels that have a colour, or nearly. */
async function share(html: string, colour: { r: number; g: number; b: number }, off: number): Promise<number> {
  const { data } = await sharp(shown(html).picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let i = 0; i < data.length; i += 3) {
    const [r = NaN, g = NaN, b = NaN] = data.subarray(i, i + 3);
    if (Math.max(Math.abs(r - colour.r), Math.abs(g - colour.g), Math.abs(b - colour.b)) < off) count++;
  }
  return count / (data.length / 3);
}

const amber = { r: 255, g: 178, b: 36 };
const grey = { r: 92, g: 98, b: 107 };

test('no thumbnail covers another, nor the query, nor leaves the picture, whatever the number and the hits', () => {
  const counts = [1, 2, 3, 5, 81, 400, 1000, 2000].flatMap((count): [number, number][] => [
    [count, 0],
    [count, 3],
  ]);
  for (const [count, hitCount] of [...counts, [60, 50], [300, 300], [1000, 100]] as [number, number][]) {
    // Half of them in one spot: the worst that a projection can do.
    const points = Array.from({ length: count }, (_, i) =>
      i % 2 === 0 ? { x: 0, y: 0 } : { x: random(), y: random() },
    );
    const hits = Array.from({ length: Math.min(count, hitCount) }, (_, i) => i);
    const { width, height, squares, query } = arrange(points, hits);
    const name = `${count} photos, ${hitCount} hits`;
    assert.deepEqual([squares.length, query !== undefined], [count, hits.length > 0]);
    assert.ok(width <= 1648 && height <= 1648, `${name}: ${width} × ${height}`);
    const pixels = new Uint8Array(width * height);
    for (const { left, top, side } of query ? [...squares, query] : squares) {
      assert.ok(side >= 8 && left >= 0 && top >= 0 && left + side <= width && top + side <= height, name);
      for (let row = top; row < top + side; row++) {
        const line = pixels.subarray(row * width + left, row * width + left + side);
        assert.ok(!line.includes(1), `${name}: two tiles at ${left}, ${row}`);
        line.fill(1);
      }
    }
  }
});

test('near vectors come to lie near each other: most neighbours on the map are of the same cluster', async () => {
  const vectors = clustered(200);
  const points = await projectVectors(vectors);
  /** The 20 others at which `far` is least. */
  const nearest = (i: number, far: (j: number) => number) =>
    [...vectors.keys()]
      .filter((j) => j !== i)
      .sort((a, b) => far(a) - far(b))
      .slice(0, 20);
  let kept = 0;
  for (const [i, { x, y }] of points.entries()) {
    const truth = nearest(i, (j) => -dotProduct(vectors[i] ?? [], vectors[j] ?? []));
    const onMap = nearest(i, (j) => Math.hypot((points[j]?.x ?? NaN) - x, (points[j]?.y ?? NaN) - y));
    kept += onMap.filter((j) => truth.includes(j)).length / 20 / 200;
  }
  // By chance it would be a tenth.
  assert.ok(kept > 0.5, String(kept));
});

test('the same photos give the same picture, byte for byte: again, in another process, and uploaded in another order', async (t) => {
  const scene = await photosInIndex(t, 60);
  const html = await mapOf(scene);
  assert.equal(await mapOf(scene), html);
  const { ended } = startProcess(`
    const { createHash } = require('node:crypto');
    const { photoMap } = require('@/further/map/photo-map');
    const { testClient } = require('@/test/support/photo-indexes');
    void (async () => {
      const client = await testClient({ url: '${await testOpenSearchUrl()}' });
      const html = await photoMap(client, ${JSON.stringify(scene)});
      process.stdout.write(createHash('sha256').update(html).digest('hex'), () => process.exit(0));
    })();`);
  assert.equal(await ended, `${createHash('sha256').update(html).digest('hex')}[0]`);

  const other = await photosInIndex(t, 60, { reversed: true });
  assert.ok(shown(await mapOf(other)).picture.equals(shown(html).picture));
});

test('any number of photos has a map, from 1 on; none is a sentence', async (t) => {
  for (const count of [1, 2, 3, 4, 5, 16]) {
    const { picture, caption } = shown(await mapOf(await photosInIndex(t, count)));
    assert.ok((await sharp(picture).metadata()).width > 0);
    assert.match(caption, count === 1 ? /^1 photo\./ : new RegExp(`^${count} photos, `));
  }
  assert.match(await mapOf(await photosInIndex(t, 0)), /No photos found/);
});

test('the hits and the query are marked, and named in the caption and the alternative text, never as markup', async (t) => {
  const scene = await photosInIndex(t, 30);
  const [plain, marked] = [await mapOf(scene, { query: undefined, hits: [] }), await mapOf(scene)];
  assert.ok((await share(plain, amber, 35)) < 0.001);
  assert.ok((await share(marked, amber, 35)) > 0.01);
  assert.ok(!/Framed|glass/.test(shown(plain).caption));
  assert.match(shown(marked).caption, /Framed: the hits for <b>red<\/b>/);
  assert.match(shown(marked).alt, /found for “red”: photos\/0003\.png, photos\/0002\.png/);
  const unnamed = shown(await mapOf(scene, { query: undefined }));
  assert.match(unnamed.caption, /Framed: the hits, numbered/);
  assert.match(unnamed.alt, /found: photos\/0003\.png/);

  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;
  const title = `${evil} ${'🎈'.repeat(100)}`;
  const html = await mapOf(scene, { query: evil, hits: scene.hits.map((hit) => ({ ...hit, title })) });
  assert.doesNotMatch(html, /\ufffd/, 'no character is cut in two');
  assert.ok(!/<script|<svg|<style|object-fit/i.test(html), 'nothing that a sanitiser takes away');
  assert.equal(html.match(/<img/g)?.length, 1);
  assert.ok(!/<[^>]*\sonerror/i.test(html.replaceAll(/"[^"]*"/g, '""')));
});

test('a photo that is missing, broken, too large or outside the folder is a grey tile, and counted', async (t) => {
  const scene = { ...(await photosInIndex(t, 12)), hits: [] };
  assert.ok((await share(await mapOf(scene), grey, 8)) < 0.001);
  await writeFile(path.join(scene.photosDir, '0003.png'), 'no picture');
  const bomb = '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>';
  await writeFile(path.join(scene.photosDir, '0006.png'), bomb);
  const move = (id: string, image_url: string) =>
    client.update({ index: scene.index, id, body: { doc: { image_url } }, refresh: true });
  await move('id-4', 'photos/../../x.png');
  await move('id-5', 'photos/gone.png');
  const html = await mapOf(scene);
  const ofTiles = (await share(html, grey, 8)) / (1 - (await share(html, background, 6)));
  assert.ok(Math.abs(ofTiles - 4 / 12) < 0.05, String(ofTiles));
  assert.match(shown(html).caption, /Grey: 4 /);
  assert.match(shown(await mapOf(scene, { limitPixels: 1000 })).caption, /Grey: 12 /);
});

test('of more photos than the limit a sample is drawn, the same each time, the hits in it, and it says so', async (t) => {
  const scene = await photosInIndex(t, 50);
  const html = await mapOf(scene, { limit: 10 });
  assert.match(shown(html).caption, /^10 of 50 photos, drawn at random/);
  assert.match(shown(html).alt, /photos\/0003\.png, photos\/0002\.png, photos\/0001\.png/);
  assert.equal(await mapOf(scene, { limit: 10 }), html);
  for (const limit of [0, 20_001, NaN]) {
    await assert.rejects(mapOf(scene, { limit }), { name: 'PhotoSearchError', message: /1 to 20,000 photos/ });
  }
});

test('the map of 1,000 noisy photos stays below 600 kB', async (t) => {
  const html = await mapOf({ ...(await photosInIndex(t, 1000, { noisy: true })), hits: [] });
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
  await assert.rejects(projectVectors(syntheticVectors(40, { dimension }), stop.signal), /interrupted/);
  assert.equal(mock.callCount(), 4);
});
