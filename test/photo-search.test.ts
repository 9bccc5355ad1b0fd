import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { exampleQueries } from '../clip-model/example-queries';
import { equalSay } from '../further/combinations/equal-say';
import { type PhotoFilter, photoSearch, readBackground, type SearchRequest } from '../further/index';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { unknownWordsNotice } from '../further/judging/unknown-words';
import type { Clip } from '../lib/clip';
import { searchPhotos, type PhotoHit } from '../lib/search';
import { builtInClip } from './support/built-in-clip';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { photosDir, sharedPhotoIndex } from './support/search-page';
import { temporaryFolder } from './support/temporary-folder';

let index: string;
let client: Client;
let clip: Clip;
/** Photos that were encoded. */
let encoded = 0;
let search: ReturnType<typeof photoSearch>;

before(async () => {
  client = await testClient();
  const loaded = await builtInClip();
  const embedPixels: Clip['embedPixels'] = (batch) => {
    encoded += batch.length;
    return loaded.embedPixels(batch);
  };
  clip = { ...loaded, embedPixels };
  index = await sharedPhotoIndex();
  search = photoSearch(clip, client, { index, photosDir });
});

const ids = (hits: readonly { id: string }[]) => hits.map(({ id }) => id);

async function idsOf(request: SearchRequest): Promise<string[]> {
  return ids((await search(request)).hits);
}

const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** These photos' share of red, by the colour that a pixel of theirs has on average. */
async function rednessOf(names: string[]): Promise<number> {
  const shares = names.map(async (name) => {
    const { channels } = await sharp(path.join(photosDir, name)).stats();
    const [red = NaN, green = NaN, blue = NaN] = channels.map((channel) => channel.mean);
    return red / (red + green + blue);
  });
  return mean(await Promise.all(shares));
}

test('a text finds what its vector finds, judged by how its cosines are spread', async () => {
  const result = await search({ text: 'red flowers', k: 5 });
  const vector = await clip.embedText('red flowers');
  const hits = await searchPhotos(client, { index, vector, k: 5 });
  const shown = (some: readonly PhotoHit[]) => some.map(({ id, cosine }) => [id, cosine]);
  assert.deepEqual(shown(result.hits), shown(hits));
  assert.deepEqual([...result.vector], [...vector]);
  for (const { z, percentile } of result.hits) assert.ok(z > 0 && percentile > 50 && percentile <= 100);

  const second = await search({ text: 'red flowers', k: 2, page: 2 });
  assert.deepEqual(ids(second.hits), ids(hits).slice(2, 4));
  assert.equal(second.sentence, result.sentence, 'the judgement is of the search, not of the page');
  const [one, three] = [await search({ text: 'a fern', k: 1 }), await search({ text: 'a fern' })];
  assert.equal(one.sentence, three.sentence, 'nor of how many are asked for');
});

test('with a filter, a verdict counts only the photos among which was searched', async (t) => {
  const larger = await emptyPhotoIndex(t, client, clip.identity);
  const photos = [...(await wholeIndex(client, index))].flatMap(([_id, document]) => [{ index: { _id } }, document]);
  const others = syntheticVectors(2000).flatMap((vector) => [{ index: {} }, { embedding: [...vector] }]);
  await client.bulk({ index: larger, refresh: true, body: [...photos, ...others] as object[] });
  const searchLarger = photoSearch(clip, client, { index: larger, photosDir });
  const likelihood = async (filter?: PhotoFilter) =>
    Number(/likelihood (\d+) %/.exec((await searchLarger({ text: 'red flowers', filter })).sentence)?.[1]);
  const [of2081, of81] = [await likelihood(), await likelihood({ minWidth: 1 })];
  assert.ok(of81 > of2081 + 10, `${of81} % and ${of2081} %: of more photos, one comes nearer by chance`);
});

test('a photo is known by its id, its image_url or its path; it is not encoded, and not found itself', async () => {
  const before = encoded;
  const byId = await idsOf({ like: 'red-zinnias.jpg', k: 10 });
  for (const like of ['photos/red-zinnias.jpg', path.join(photosDir, 'red-zinnias.jpg')]) {
    assert.deepEqual(await idsOf({ like, k: 10 }), byId);
  }
  const { vector } = await search({ like: 'red-zinnias.jpg' });
  assert.equal(encoded, before);
  const nearest = ids(await searchPhotos(client, { index, vector, k: 11 }));
  assert.deepEqual(nearest, ['red-zinnias.jpg', ...byId]);
});

test('a file from elsewhere is encoded; a copy of an indexed photo does not find that photo', async (t) => {
  const folder = temporaryFolder(t);
  const before = encoded;
  const red = path.join(folder, 'red.png');
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#c11' } }).toFile(red);
  assert.ok((await rednessOf(await idsOf({ like: red, k: 5 }))) > 0.45);

  const copy = path.join(folder, 'copy.jpg');
  await sharp(path.join(photosDir, 'sunflower.jpg')).toFile(copy); // other bytes, the same picture
  assert.equal((await idsOf({ like: copy }))[0], 'sunflower.jpg');
  await copyFile(path.join(photosDir, 'sunflower.jpg'), copy);
  assert.ok(!(await idsOf({ like: copy, k: 81 })).includes('sunflower.jpg'));
  assert.equal(encoded, before + 3);
});

test('plus moves the hits towards a text or a photo, minus away from it', async () => {
  const cosineWith = async (text: string, request: SearchRequest) => {
    const { hits } = await search({ ...request, k: 5 });
    const all = await searchPhotos(client, { index, vector: await clip.embedText(text), k: 81 });
    // In one order: the same photos are to have the same mean, to the last digit.
    return mean(all.flatMap(({ id, cosine }) => (ids(hits).includes(id) ? [cosine] : [])));
  };
  let moved = 0;
  for (const like of ['boardwalk-by-the-sea.jpg', 'red-zinnias.jpg', 'tiger-in-snow.jpg']) {
    for (const text of ['purple', 'green', 'a dark night']) {
      const alone = await cosineWith(text, { like });
      const more = await cosineWith(text, { like, plus: text });
      const less = await cosineWith(text, { like, minus: { text } });
      assert.ok(more >= alone && less <= alone, `${like} and ${text}: ${less} ${alone} ${more}`);
      moved += Number(more > alone) + Number(less < alone);
    }
  }
  assert.ok(moved >= 12, `${moved} of 18 made a difference`);
  const photo = 'red-zinnias.jpg'; // never among its own results
  for (const text of ['a garden', 'blue sky', 'mountains', 'leaves']) {
    const alone = (await idsOf({ text, k: 6 })).filter((id) => id !== photo).slice(0, 5);
    const plus = await idsOf({ text, plus: { photo }, k: 5 });
    assert.ok((await rednessOf(plus)) > (await rednessOf(alone)), text);
    assert.ok(!plus.includes(photo));
  }
  assert.ok(!(await idsOf({ text: 'red', minus: [{ photo }], k: 81 })).includes(photo));
});

test('a word that the model does not know is named, also among others that it knows', async () => {
  const { sentence } = await search({ like: 'sunflower.jpg', plus: ['sdfsdf', 'blue'] });
  assert.match(sentence, /The built-in model knows none of the words in "sdfsdf": it changes little\.$/);
  assert.ok(!(await search({ like: 'sunflower.jpg', plus: 'blue' })).sentence.includes('knows none'));
});

test('words that the built-in model does not know are named; known ones, phrases and stop words are not', async () => {
  const background = await readBackground(client, index);
  const noticeFor = (text: string) => unknownWordsNotice(clip, text, background);
  for (const text of ['sdfsdf', 'the qwrtzx', '🐕', '犬', '?!']) {
    assert.match((await noticeFor(text)) ?? '', /knows none of the words in/, text);
  }
  for (const text of [
    'a sdfsdf on a red qwrtzx',
    'sdfsdf/qwrtzx on a red sdfsdf',
    `sdfsdf qwrtzx red ${'dog '.repeat(100)}`,
    'sdfsdf, a red (qwrtzx) or sdfsdf!',
  ]) {
    assert.match((await noticeFor(text)) ?? '', /not know "sdfsdf", "qwrtzx":/, text);
  }
  const known = ['a dog', 'red flowers', 'the guinea pig', 'palm trees at night', 'Mountains!'];
  for (const text of [...exampleQueries, ...known]) assert.equal(await noticeFor(text), undefined, text);
});

test('a search says which words were not read, in its sentence', async () => {
  // Longer than any CLIP's context, with its end well behind it.
  const longText = `${'red flowers '.repeat(40)}beside a lighthouse`;
  assert.match((await search({ text: longText })).sentence, /Not read: ".*beside a lighthouse"\.$/);
  assert.match((await search({ text: 'red', minus: longText })).sentence, /Not read: ".*lighthouse"\.$/);
  assert.doesNotMatch((await search({ text: 'red flowers' })).sentence, /Not read/);
});

test('weights decide how far: without say a term changes nothing, with much it decides alone', async () => {
  const like = 'boardwalk-by-the-sea.jpg';
  const weighted = (plus: number) => idsOf({ like, plus: 'red', weights: { plus }, k: 10 });
  assert.deepEqual(await weighted(0), await idsOf({ like, k: 10 }));
  const alone = (await idsOf({ text: 'red', k: 11 })).filter((id) => id !== like);
  assert.deepEqual((await weighted(1000)).slice(0, 3), alone.slice(0, 3));
});

test('terms have the same say, however narrow the spread of their cosines, unless they say nothing', () => {
  const background = [-0.4, -0.2, 0, 0.2, 0.4].map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle), 0));
  const wide = Float32Array.of(0, 1, 0);
  const narrow = Float32Array.of(0, 0.5, Math.sqrt(0.75));
  const [one, two] = equalSay([wide, narrow], background).map((factor) => factor.toFixed(3));
  assert.deepEqual([one, two], ['1.000', '2.000']);
  assert.deepEqual(equalSay([wide, Float32Array.of(0, 0, 1)], background), [1, 4]);
  assert.deepEqual(equalSay([narrow], background), [1]);
  assert.deepEqual(equalSay([wide, narrow], []), [1, 1]);
});

test('where nothing is found it says why', async () => {
  for (const [request, reason] of [
    [{ filter: { takenFrom: '2020' } }, /No photo matches the filter/],
    [{ page: 28 }, /no more photos: page 28/],
  ] as const) {
    const { hits, sentence } = await search({ text: 'red', ...request });
    assert.deepEqual(hits, []);
    assert.match(sentence, reason);
  }
});

test('a request that makes no sense is explained', async (t) => {
  const cases: [SearchRequest, RegExp][] = [
    [{ text: ' ' }, /^PhotoSearchError: The text to search with is empty/],
    [{ like: 'nope.jpg' }, /no photo 'nope.jpg': index '.*' has none with this id or image_url, and .* is not a file/],
    [{ like: photosDir }, /is not a file/],
    [{ like: __filename }, /is not a picture that can be read/],
    [{ text: 'red', weights: { text: -1 } }, /weight of 'text' is -1/],
    [{ text: 'red', k: 0 }, /k is 0/],
    [{ text: 'red', page: 1.5 }, /page is 1\.5/],
  ];
  for (const [request, message] of cases) await assert.rejects(search(request), message);

  const other = { ...clip, identity: { ...clip.identity, revision: 'another' } };
  const empty = await emptyPhotoIndex(t, client, clip.identity);
  await assert.rejects(photoSearch(other, client, { index: empty, photosDir })({ text: 'x' }), /holds vectors of/);
});
