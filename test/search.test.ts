import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { exampleQueries } from '../clip-model/example-queries';
import { readBackground } from '../further/judging/background';
import { unknownWordsNotice } from '../further/judging/unknown-words';
import type { Clip } from '../lib/clip';
import { embedPhotos } from '../lib/embed-photos';
import { findPhotos } from '../lib/photos';
import { searchPhotos } from '../lib/search';
import { dotProduct } from '../lib/vectors';
import { builtInClip } from './support/built-in-clip';
import { testClient } from './support/photo-indexes';
import { deleteIndex, fillPhotoIndex, photosDir } from './support/search-page';

const index = `test-search-${process.pid}`;
let client: Client;
let clip: Clip;

before(async () => {
  client = await testClient();
  clip = await builtInClip();
  await fillPhotoIndex(index);
});

after(async () => {
  await deleteIndex(index);
  await client.close();
  await clip.dispose();
});

test('the nearest photos are those that comparing with every vector finds, with their cosines; 3 unless told, all where k is larger than the index', async () => {
  const vectors = new Map<string, Float32Array>();
  for await (const embedded of embedPhotos(clip, (await findPhotos(photosDir)).photos)) {
    assert.ok('vector' in embedded);
    vectors.set(embedded.photo.id, embedded.vector);
  }
  for (const text of [...exampleQueries, 'sdfsdf']) {
    const vector = await clip.embedText(text);
    const expected = [...vectors]
      .map(([id, other]) => ({ id, cosine: dotProduct(vector, other) }))
      .sort((a, b) => b.cosine - a.cosine);
    for (const k of [undefined, 1, 10, 1000]) {
      const hits = await searchPhotos(client, { index, vector, k });
      assert.equal(hits.length, Math.min(k ?? 3, vectors.size));
      hits.slice(0, 10).forEach(({ id, cosine }, rank) => {
        assert.equal(id, expected[rank]?.id, text);
        assert.ok(Math.abs(cosine - (expected[rank]?.cosine ?? NaN)) < 1e-5, `${text} ${cosine}`);
      });
    }
  }
});

test('words that the built-in model does not know are named; known ones, phrases and stop words are not', async () => {
  const background = await readBackground(client, index);
  const noticeFor = (text: string) => unknownWordsNotice(clip, text, background);
  for (const text of ['sdfsdf', 'the qwrtzx', '🐕', '犬', '?!']) {
    assert.match((await noticeFor(text)) ?? '', /knows none of the words in/, text);
  }
  assert.match((await noticeFor('a sdfsdf on a red qwrtzx')) ?? '', /not know "sdfsdf", "qwrtzx":/);
  const known = ['a dog', 'red flowers', 'the guinea pig', 'palm trees at night', 'Mountains!'];
  for (const text of [...exampleQueries, ...known]) assert.equal(await noticeFor(text), undefined, text);
});
