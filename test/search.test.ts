import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { cosineSpread, readBackground } from '../further/judging/background';
import type { Clip } from '../lib/clip';
import { exampleQueries } from '../clip-model/example-queries';
import { embedPhotos } from '../lib/embed-photos';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos } from '../lib/photos';
import { searchPhotos } from '../lib/search';
import { unknownWordsNotice } from '../further/judging/unknown-words';
import { uploadPhotos } from '../lib/upload';
import { builtInClip } from './support/built-in-clip';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';

const index = 'test-search-photos';
const texts = [...exampleQueries, 'sdfsdf'];
let client: Client;
let clip: Clip;
/** Every photo's vector, by `_id`, encoded again beside the index. */
const vectors = new Map<string, Float32Array>();

before(async () => {
  client = await testClient();
  clip = await builtInClip();
  const { photos } = await findPhotos(path.resolve(__dirname, '../photos'));
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity), recreate: true });
  await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  for await (const embedded of embedPhotos(clip, photos)) {
    assert.ok('vector' in embedded);
    vectors.set(embedded.photo.id, embedded.vector);
  }
});

after(async () => {
  await client.indices.delete({ index, ignore_unavailable: true });
  await client.close();
  await clip.dispose();
});

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, position) => sum + value * (b[position] ?? NaN), 0);
}

test('the nearest photos are those that comparing with every vector finds, with their cosines', async () => {
  for (const text of texts) {
    const vector = await clip.embedText(text);
    const expected = [...vectors]
      .map(([id, other]) => ({ id, cosine: dot(vector, other) }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, 10);
    const hits = await searchPhotos(client, { index, vector, k: 10 });
    assert.deepEqual(
      hits.map(({ id }) => id),
      expected.map(({ id }) => id),
      text,
    );
    hits.forEach(({ cosine }, rank) => {
      assert.ok(Math.abs(cosine - (expected[rank]?.cosine ?? NaN)) < 1e-5, `${text} ${cosine}`);
    });
  }
});

test('k photos come back, 3 unless told, and all of them where k is larger than the index', async () => {
  const vector = await clip.embedText('blue');
  assert.equal((await searchPhotos(client, { index, vector })).length, 3);
  assert.equal((await searchPhotos(client, { index, vector, k: 1 })).length, 1);
  assert.equal((await searchPhotos(client, { index, vector, k: 1000 })).length, vectors.size);
});

test('words that the built-in model does not know are named; known ones, phrases and stop words are not', async () => {
  const background = await readBackground(client, index);
  const noticeFor = (text: string) => unknownWordsNotice(clip, text, background);
  for (const text of ['sdfsdf', 'the qwrtzx', '🐕', '犬', '?!']) {
    assert.match((await noticeFor(text)) ?? '', /knows no word of/, text);
  }
  assert.match((await noticeFor('a sdfsdf on a red qwrtzx')) ?? '', /not know "sdfsdf", "qwrtzx":/);
  const known = ['a dog', 'red flowers', 'the guinea pig', 'palm trees at night', 'Mountains!'];
  for (const text of [...exampleQueries, ...known]) {
    assert.equal(await noticeFor(text), undefined, text);
  }
});

test('a spread is mean and standard deviation of the cosines', () => {
  const vector = new Float32Array([1, 0]);
  const background = [0.1, 0.2, 0.6].map((x) => new Float32Array([x, 0]));
  const { mean, sd } = cosineSpread(vector, background);
  assert.ok(Math.abs(mean - 0.3) < 1e-6 && Math.abs(sd - Math.sqrt(0.07)) < 1e-6);
  assert.throws(() => cosineSpread(vector, [vector]), /two vectors/);
});
