import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { isoPeriod } from '../further/filter/iso-period';
import { photoFilter, type PhotoFilter } from '../further/filter/photo-filter';
import { indexModel } from '../lib/opensearch/index-model';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { indexSpaceType, photoHits, photoQuery, searchPhotos } from '../lib/search';
import { dotProduct } from '../further/dot-product';
import { fakeClip, vectorOf } from './support/fake-clip';
import { testClient } from './support/photo-indexes';

const index = `test-filter-${process.pid}`;
const { identity } = fakeClip({ dimension: 16 });

/** A photo's document, and its vector. */
interface Stored {
  id: string;
  width: number;
  orientation: string;
  folder: string;
  colours: string[];
  taken?: string;
  vector: Float32Array;
}

const colours = ['red', 'green', 'blue'] as const;
/** The same name, as keyboards and as some disks write it. */
const [composed, decomposed] = ['Z\u00fcrich', 'Zu\u0308rich'];
const folders = ['', 'a', 'a/b', 'ab', composed, decomposed, `${decomposed}/2024`, 'ab'];
const stored = Array.from({ length: 3000 }, (_, i): Stored => {
  const width = 100 + ((i * 37) % 900);
  const month = String((i % 12) + 1).padStart(2, '0');
  return {
    id: `${i}.jpg`,
    width,
    orientation: ['landscape', 'portrait', 'square'][i % 7 === 0 ? 1 : i % 11 === 0 ? 2 : 0] ?? '',
    folder: folders[i % 8] ?? '',
    colours: colours.filter((_, c) => (i >> c) % 3 === 0),
    taken: i % 5 === 0 ? undefined : `20${20 + (i % 4)}-${month}-${String((i % 28) + 1).padStart(2, '0')}T23:59:59`,
    vector: vectorOf(new Float32Array([i]), 16),
  };
});
let client: Client;

before(async () => {
  client = await testClient();
  await createPhotoIndex(client, { index, body: photoIndexBody(identity), recreate: true });
  const operations = stored.flatMap(({ id, vector, ...fields }) => [
    { index: { _id: id } },
    { ...fields, image_url: `photos/${id}`, sha256: `hash of ${id}`, embedding: [...vector] },
  ]);
  const { body } = await client.bulk({ index, body: operations, refresh: true });
  assert.equal(body.errors, false);
});

after(() => client.indices.delete({ index, ignore_unavailable: true }));

/** The ids of the nearest photos that fulfil a condition, found by comparing with all. */
function bruteForce(isMeant: (photo: Stored) => boolean): string[] {
  return stored
    .filter(isMeant)
    .map(({ id, vector }) => ({ id, cosine: dotProduct(vector, query) }))
    .sort((a, b) => b.cosine - a.cosine)
    .map(({ id }) => id);
}

const query = vectorOf(new Float32Array([-1]), 16);

/** The ids that a search gives. */
async function found(filter: object | undefined, k = 10, page = 1): Promise<string[]> {
  return (await searchPhotos(client, { index, vector: query, k, page, filter })).map(({ id }) => id);
}

test('each filter, all together, and none gives the nearest k of the photos that match, 3 by default; a folder however its umlauts are written', async () => {
  const isZurich = ({ folder }: Stored) => folder.normalize().startsWith(composed);
  const cases: [PhotoFilter, (photo: Stored) => boolean][] = [
    [{}, () => true],
    [{ orientation: 'portrait' }, ({ orientation }) => orientation === 'portrait'],
    [{ minWidth: 900 }, ({ width }) => width >= 900],
    [{ maxWidth: 137 }, ({ width }) => width <= 137],
    [{ minWidth: 137, maxWidth: 137 }, ({ width }) => width === 137],
    [{ colour: 'blue' }, (photo) => photo.colours.includes('blue')],
    [{ folder: 'a' }, ({ folder }) => folder === 'a' || folder === 'a/b'],
    [{ folder: 'a/b/' }, ({ folder }) => folder === 'a/b'],
    [{ folder: composed }, isZurich],
    [{ folder: decomposed }, isZurich],
    [{ takenFrom: '2022' }, ({ taken = '' }) => taken >= '2022'],
    [{ takenTo: '2021-02' }, ({ taken = '9' }) => taken < '2021-03'],
    [{ takenFrom: '2021-03-03', takenTo: '2021-03-03' }, ({ taken = '' }) => taken.startsWith('2021-03-03')],
    [
      { orientation: 'landscape', minWidth: 500, colour: 'red', folder: 'ab', takenFrom: '2023' },
      ({ orientation, width, colours, folder, taken = '' }) =>
        orientation === 'landscape' && width >= 500 && colours.includes('red') && folder === 'ab' && taken >= '2023',
    ],
  ];
  for (const [filter, isMeant] of cases) {
    assert.deepEqual(await found(photoFilter(filter)), bruteForce(isMeant).slice(0, 10), JSON.stringify(filter));
  }
  assert.equal((await searchPhotos(client, { index, vector: query })).length, 3);
});

test('a vector of another model than the index’s is refused, if the search is told which model made it', async () => {
  const identity = await indexModel(client, index);
  assert.equal((await searchPhotos(client, { index, vector: query, identity })).length, 3);
  const other = { ...identity, model: 'another/model' };
  await assert.rejects(searchPhotos(client, { index, vector: query, identity: other }), { code: 'other-model' });
});

test('excluded photos are not found, by id or by content, and k others are', async () => {
  const [first = '', second = '', ...others] = bruteForce(() => true);
  const exclude = { ids: [first], sha256: [`hash of ${second}`] };
  assert.deepEqual(await found(photoFilter({}, exclude)), others.slice(0, 10));
});

test('pages follow each other without repeats and without gaps, filtered or not; beyond the last photo there are no hits, beyond the ten thousandth a reason', async () => {
  for (const filter of [{}, { colour: 'green' as const }, { orientation: 'square' as const }]) {
    const whole = await found(photoFilter(filter), 90);
    const pages: string[] = [];
    for (let page = 1; page <= 10; page++) pages.push(...(await found(photoFilter(filter), 9, page)));
    assert.deepEqual(pages, whole);
    assert.equal(new Set(pages).size, 90);
  }
  const few = photoFilter({ minWidth: 137, maxWidth: 137 });
  const k = bruteForce(({ width }) => width === 137).length - 1;
  const lengths = [1, 2, 3].map(async (page) => (await found(few, k, page)).length);
  assert.deepEqual(await Promise.all(lengths), [k, 1, 0]);
  assert.throws(() => photoQuery(query, 100, { page: 101 }), /Page 101 of 100 .* 10,000 nearest/);
  assert.equal(photoQuery(query, 100, { page: 100 }).from, 9900);
});

test('a filter that makes no sense is explained with its value and what would be right', () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ orientaton: 'square' }, /no filter 'orientaton': use orientation, .* or takenTo/],
    [{ orientation: 'tall' }, /orientation is 'tall': .* landscape, portrait or square/],
    [{ colour: 'gray' }, /colour is 'gray': .* grey/],
    [{ minWidth: -1 }, /minWidth is -1: .* whole number of pixels/],
    [{ maxWidth: 1.5 }, /maxWidth is 1.5/],
    [{ minWidth: '800' }, /minWidth is '800'/],
    [{ minWidth: 800, maxWidth: 600 }, /from 800 to 600 leaves nothing/],
    [{ takenFrom: 'yesterday' }, /takenFrom is 'yesterday', which is not a date: write 2024/],
    [{ takenTo: '2023-02-29' }, /'2023-02-29', which is not a date/],
    [{ takenFrom: '2024-06', takenTo: '2024-05-31' }, /from '2024-06' to '2024-05-31' leaves nothing/],
    [{ folder: '../secret' }, /folder is '\.\.\/secret'/],
    [{ folder: '' }, /folder is ''/],
  ];
  for (const [filter, message] of cases) assert.throws(() => photoFilter(filter), message);
  assert.equal(photoFilter({ orientation: undefined, minWidth: undefined }), undefined);
});

test('a date stands for all of its year, month, day or minute', () => {
  for (const [written, first, last] of [
    ['2024', '2024-01-01T00:00:00', '2024-12-31T23:59:59'],
    ['2024-02', '2024-02-01T00:00:00', '2024-02-29T23:59:59'],
    ['2023-12-31', '2023-12-31T00:00:00', '2023-12-31T23:59:59'],
    ['2024-05-31T18:20', '2024-05-31T18:20:00', '2024-05-31T18:20:59'],
    ['2024-05-31T18:20:07', '2024-05-31T18:20:07', '2024-05-31T18:20:07'],
  ] as const) {
    assert.deepEqual(isoPeriod(written), { first, last });
  }
  for (const wrong of ['', '24', '2024-13', '2024-02-30', '2024-5-1', '2024-05-31T24:00', '2024-05-31Z', '31.5.2024']) {
    assert.equal(isoPeriod(wrong), undefined, wrong);
  }
});

const spaceTypes = ['cosinesimil', 'innerproduct', 'l2'] as const;
const prefix = `test-space-type-${process.pid}`;
after(() => client.indices.delete({ index: `${prefix}-*` }));

/** At this angle to [1, 0, 0], of length 1. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
}

async function createIndex(name: string, embedding: object): Promise<string> {
  const index = `${prefix}-${name}`;
  const properties = { embedding: { type: 'knn_vector', dimension: 3, ...embedding } };
  await client.indices.create({
    index,
    body: { settings: { index: { knn: true } }, mappings: { properties } as object },
  });
  return index;
}

const angles = [0, 1, 30, 60, 85, 90, 95, 120, 179, 180];

for (const spaceType of spaceTypes) {
  test(`the cosine is right whatever the angle, from the scores of space type ${spaceType}`, async () => {
    const method = { name: 'hnsw', engine: 'lucene', space_type: spaceType };
    const index = await createIndex(spaceType, { method });
    for (const angle of angles) {
      const embedding = Array.from(at(angle));
      await client.index({ index, id: String(angle), body: { embedding } });
    }
    await client.indices.refresh({ index });

    assert.equal(await indexSpaceType(client, index), spaceType);
    const vector = at(0);
    const k = 1000; // all, where it is larger than the index
    const { body } = await client.search({ index, body: photoQuery(vector, k) });
    for (const hits of [photoHits(body, spaceType), await searchPhotos(client, { index, vector, k })]) {
      const found = hits.map(({ id }) => Number(id));
      assert.deepEqual(found, angles);
      for (const { id, cosine } of hits) {
        const expected = Math.cos((Number(id) * Math.PI) / 180);
        assert.ok(Math.abs(cosine - expected) < 1e-6, `${id}°: ${cosine}, not ${expected}`);
      }
    }
  });
}

test('the space type is found wherever the mapping has it, is l2 where it has none, and refused by name where it gives no cosine', async () => {
  const lucene = { name: 'hnsw', engine: 'lucene' };
  const beside = await createIndex('beside', { space_type: 'innerproduct', method: lucene });
  assert.equal(await indexSpaceType(client, beside), 'innerproduct');
  assert.equal(await indexSpaceType(client, await createIndex('none', { method: lucene })), 'l2');
  const method = { name: 'hnsw', engine: 'faiss', space_type: 'hamming' };
  const hamming = await createIndex('hamming', { dimension: 8, data_type: 'binary', method });
  await assert.rejects(indexSpaceType(client, hamming), /space type 'hamming'.*notebook 1/);
});
