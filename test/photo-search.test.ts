import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import type { Clip } from '../lib/clip';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { photoSearch, type SearchRequest } from '../further/combinations/photo-search';
import { findPhotos } from '../lib/photos';
import { searchPhotos } from '../lib/search';
import { equalSay } from '../further/combinations/equal-say';
import { uploadPhotos } from '../lib/upload';
import { builtInClip } from './support/built-in-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

const index = `test-photo-search-${process.pid}`;
const photosDir = path.resolve(__dirname, '../photos');
let client: Client;
let clip: Clip;
/** Photos that were encoded. */
let encoded = 0;
let search: ReturnType<typeof photoSearch>;

before(async () => {
  client = await testClient();
  const loaded = await builtInClip();
  clip = {
    ...loaded,
    embedPixels(batch) {
      encoded += batch.length;
      return loaded.embedPixels(batch);
    },
  };
  const { photos } = await findPhotos(photosDir);
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity), recreate: true });
  await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  search = photoSearch(clip, client, { index, photosDir });
});

after(async () => {
  await client.indices.delete({ index, ignore_unavailable: true });
  await client.close();
  await clip.dispose();
});

async function idsOf(request: SearchRequest): Promise<string[]> {
  return (await search(request)).hits.map(({ id }) => id);
}

/** The first hits' share of red, by the colour that a pixel of theirs has on average. */
async function rednessOf(ids: string[]): Promise<number> {
  const shares = ids.map(async (id) => {
    const [red = 0, green = 0, blue = 0] = (await sharp(path.join(photosDir, id)).stats()).channels.map(
      ({ mean }) => mean,
    );
    return red / (red + green + blue);
  });
  return (await Promise.all(shares)).reduce((sum, share) => sum + share, 0) / ids.length;
}

test('a text finds what its vector finds, judged by how its cosines are spread', async () => {
  const result = await search({ text: 'red flowers', k: 5 });
  const vector = await clip.embedText('red flowers');
  const hits = await searchPhotos(client, { index, vector, k: 5 });
  assert.deepEqual(
    result.hits.map(({ id, cosine }) => [id, cosine]),
    hits.map(({ id, cosine }) => [id, cosine]),
  );
  assert.deepEqual([...result.vector], [...vector]);
  assert.equal(result.query, 'red flowers');
  for (const { z, percentile } of result.hits) assert.ok(z > 0 && percentile > 50 && percentile <= 100);
  assert.equal((await search({ text: 'sdfsdf' })).verdict, 'nothing');
});

test('a photo is known by its id, its image_url or its path; it is not encoded, and not found itself', async () => {
  const before = encoded;
  const byId = await idsOf({ like: 'red-zinnias.jpg', k: 10 });
  for (const like of ['photos/red-zinnias.jpg', path.join(photosDir, 'red-zinnias.jpg')]) {
    assert.deepEqual(await idsOf({ like, k: 10 }), byId);
  }
  assert.equal(encoded, before);
  assert.equal(byId.length, 10);
  assert.ok(!byId.includes('red-zinnias.jpg'));

  const { vector } = await search({ like: 'red-zinnias.jpg' });
  const [first, ...others] = await searchPhotos(client, { index, vector, k: 11 });
  assert.equal(first?.id, 'red-zinnias.jpg');
  assert.deepEqual(
    byId,
    others.map(({ id }) => id),
  );
});

test('a file from elsewhere is encoded; a copy of an indexed photo does not find that photo', async (t) => {
  const folder = temporaryFolder(t);
  const before = encoded;
  const red = path.join(folder, 'red.png');
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#c11' } })
    .png()
    .toFile(red);
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
    const vector = await clip.embedText(text);
    const all = await searchPhotos(client, { index, vector, k: 81 });
    const cosines = hits.map(({ id }) => all.find((hit) => hit.id === id)?.cosine ?? NaN);
    return cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
  };
  let moved = 0;
  for (const like of ['boardwalk-by-the-sea.jpg', 'red-zinnias.jpg', 'tiger-in-snow.jpg']) {
    for (const text of ['purple', 'green', 'a dark night']) {
      const alone = await cosineWith(text, { like });
      const [plus, minus] = [{ plus: text }, { minus: { text } }];
      const [more, less] = [await cosineWith(text, { like, ...plus }), await cosineWith(text, { like, ...minus })];
      assert.ok(more >= alone && less <= alone, `${like} and ${text}: ${less} ${alone} ${more}`);
      moved += Number(more > alone) + Number(less < alone);
    }
  }
  assert.ok(moved >= 12, `${moved} of 18 made a difference`);
  const photo = 'red-zinnias.jpg'; // never among its own results
  for (const text of ['a garden', 'blue sky', 'mountains', 'leaves']) {
    const alone = (await idsOf({ text, k: 6 })).filter((id) => id !== photo).slice(0, 5);
    const plus = await idsOf({ text, plus: { photo }, k: 5 });
    const [before, after] = [await rednessOf(alone), await rednessOf(plus)];
    assert.ok(after > before, `${text}: ${before}, then ${after}`);
    assert.ok(!plus.includes(photo));
  }
  assert.ok(
    !(await idsOf({ text: 'red', minus: [{ photo: 'fig-in-red-bowl.jpg' }], k: 81 })).includes('fig-in-red-bowl.jpg'),
  );
});

test('a word that the model does not know is named, also among others that it knows', async () => {
  const { sentence } = await search({ like: 'sunflower.jpg', plus: ['sdfsdf', 'blue'] });
  assert.match(sentence, /The built-in model knows no word of "sdfsdf": it changes little\.$/);
  assert.ok(!(await search({ like: 'sunflower.jpg', plus: 'blue' })).sentence.includes('no word'));
});

test('weights decide how far: without say a term changes nothing, with much it decides alone', async () => {
  const like = 'boardwalk-by-the-sea.jpg';
  const ids = (plus: number) => idsOf({ like, plus: 'red', weights: { plus }, k: 10 });
  assert.deepEqual(await ids(0), await idsOf({ like, k: 10 }));
  const red = await searchPhotos(client, { index, vector: await clip.embedText('red'), k: 11 });
  const alone = red.map(({ id }) => id).filter((id) => id !== like);
  assert.deepEqual((await ids(1000)).slice(0, 3), alone.slice(0, 3));
});

test('terms have the same say, however narrow the spread of their cosines, unless they say nothing', () => {
  const unit = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
  const background = [-0.4, -0.2, 0, 0.2, 0.4].map(unit);
  const wide = Float32Array.of(0, 1, 0);
  const narrow = Float32Array.of(0, 0.5, Math.sqrt(0.75));
  assert.deepEqual(
    equalSay([wide, narrow], background).map((factor) => factor.toFixed(3)),
    ['1.000', '2.000'],
  );
  assert.deepEqual(equalSay([wide, Float32Array.of(0, 0, 1)], background), [1, 4]);
  assert.deepEqual(equalSay([narrow], background), [1]);
  assert.deepEqual(equalSay([wide, narrow], []), [1, 1]);
});

test('a filter holds for texts and for photos, and pages go through all that fulfil it', async () => {
  const filter = { orientation: 'portrait', colour: 'green' } as const;
  const all = await search({ like: 'sunflower.jpg', filter, k: 81 });
  const pages: string[] = [];
  const judgements = new Set<string>();
  for (let page = 1; page <= 3; page++) {
    const request = { like: 'sunflower.jpg', filter, k: 2, page };
    const { hits, verdict, sentence, gap } = await search(request);
    pages.push(...hits.map(({ id }) => id));
    judgements.add(`${verdict} ${sentence} ${gap}`);
  }
  assert.equal(judgements.size, 1, 'the judgement is of the search, not of the page');
  assert.deepEqual(
    pages,
    all.hits.slice(0, 6).map(({ id }) => id),
  );
  for (const { width = 0, height = 0 } of all.hits) assert.ok(height > width);
});

test('where nothing is found it says why', async (t) => {
  const nothing = async (request: SearchRequest) => {
    const { hits, sentence } = await search({ text: 'red', ...request });
    assert.deepEqual(hits, []);
    return sentence;
  };
  assert.match(await nothing({ filter: { takenFrom: '2020' } }), /No photo fulfils the filter/);
  assert.match(await nothing({ page: 28 }), /no more photos: page 28/);
  const empty = await emptyPhotoIndex(t, client, clip.identity);
  const { sentence } = await photoSearch(clip, client, { index: empty, photosDir })({
    text: 'red',
  });
  assert.match(sentence, /holds no photos yet: notebook 2/);

  const body = photoIndexBody(clip.identity);
  delete body.mappings?.properties?.colours;
  await createPhotoIndex(client, { index: empty, body, recreate: true });
  const embedding = [...(await clip.embedText('x'))];
  await client.index({
    index: empty,
    id: 'a',
    body: { image_url: 'photos/a', embedding },
    refresh: true,
  });
  await assert.rejects(
    photoSearch(clip, client, { index: empty, photosDir })({
      text: 'red',
      filter: { colour: 'red' },
    }),
    /earlier version, which recorded no colours: upload the photos again/,
  );
});

test('a request that makes no sense is explained', async (t) => {
  const cases: [SearchRequest, RegExp][] = [
    [{}, /nothing to search for/],
    [{ text: ' ' }, /empty text/],
    [{ like: 'nope.jpg' }, /no photo 'nope.jpg': index '.*' has none with this id or image_url, and .* is not a file/],
    [{ like: photosDir }, /is not a file/],
    [{ like: __filename }, /is not a picture that can be read/],
    [{ text: 'red', minus: 'red', weights: { minus: 1 } }, /no direction is left/],
    [{ text: 'red', weights: { text: -1 } }, /weight of 'text' is -1/],
    [{ text: 'red', k: 0 }, /k is 0/],
    [{ text: 'red', page: 1.5 }, /page is 1\.5/],
    [{ text: 'red', k: 5000, page: 3 }, /Page 3 of 5000/],
    [{ text: 'red', filter: { minWidth: 5, maxWidth: 4 } }, /leaves nothing/],
  ];
  for (const [request, message] of cases) await assert.rejects(search(request), message);

  const other = { ...clip, identity: { ...clip.identity, revision: 'another' } };
  const index = await emptyPhotoIndex(t, client, clip.identity);
  await assert.rejects(photoSearch(other, client, { index, photosDir })({ text: 'x' }), /holds vectors of/);
});
