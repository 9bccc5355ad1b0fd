import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { findDuplicates, nearGroups, type NearPair, thresholdTable, writeAlteredCopies } from '../further/index';
import { indexedPhotos } from '../further/indexed-photos';
import { findPhotos, type PhotoHit, uploadPhotos } from '../lib/index';
import { dotProduct } from '../further/dot-product';
import { normalise } from '../lib/vectors';
import { repositoryRoot } from '../workshop/settings';
import { builtInClip } from './support/built-in-clip';
import { fakeClip, vectorOf } from './support/fake-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { silentProgress as progress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

let client: Client;

before(async () => (client = await testClient()));

/** `photos/beach cropped.jpg` was made of `beach`. */
const original = ({ image_url = '' }: PhotoHit) =>
  image_url.replace(/^photos\//, '').replace(/( copy| saved.*| half.*| cropped| brighter)?\.jpg$/, '');

test('byte-identical photos are found by their hash; a photo’s nearest other is an altered copy of it, and copies that were only saved again or shrunk stand above all pairs of different photos', async (t) => {
  const clip = await builtInClip();
  t.after(() => clip.dispose());
  const originals = (await findPhotos(path.join(repositoryRoot, 'photos'))).photos.slice(0, 6);
  const folder = await writeAlteredCopies(originals, temporaryFolder(t));
  const index = await emptyPhotoIndex(t, client, clip.identity);
  await uploadPhotos(client, { index, clip, photos: (await findPhotos(folder)).photos, progress });

  const { photos, identical, near } = await findDuplicates(client, { index, lowest: -1, progress });
  assert.deepEqual([photos, identical.length], [36, 6]);
  for (const group of identical) {
    const [one, other] = group.map(({ image_url = '' }) => readFileSync(path.join(folder, path.basename(image_url))));
    assert.ok(one && other?.equals(one) && group.every(({ cosine }) => cosine === 1));
  }
  const contents = new Set(near.flatMap((pair) => pair.photos.map(({ id }) => id)));
  assert.equal(contents.size, 30, 'of the same file only one is compared');
  for (const id of contents) {
    const nearest = near.find((pair) => pair.photos.some((photo) => photo.id === id));
    assert.ok(nearest && original(nearest.photos[0]) === original(nearest.photos[1]), id);
  }
  const isSame = ({ photos: [one, other] }: NearPair) => original(one) === original(other);
  const isLight = ({ photos }: NearPair) => photos.every(({ image_url = '' }) => !/cropped|brighter/.test(image_url));
  const lightest = near.filter((pair) => isSame(pair) && isLight(pair)).map(({ cosine }) => cosine);
  const unrelated = near.filter((pair) => !isSame(pair)).map(({ cosine }) => cosine);
  assert.equal(lightest.length, 18);
  assert.ok(Math.min(...lightest) > Math.max(...unrelated));
});

const randomVectors = (count: number, dimension: number) =>
  Array.from({ length: count }, (_, i) => vectorOf(Float32Array.of(i), dimension));

/** Documents of photos that have no files, with these vectors. */
async function indexVectors(t: TestContext, vectors: Float32Array[]): Promise<string> {
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension: vectors[0]?.length }).identity);
  const lines = vectors.map((vector, i) => {
    const _id = `${String(i).padStart(6, '0')}.jpg`;
    return [{ index: { _id } }, { embedding: [...vector], image_url: `photos/${_id}`, sha256: `content ${i}` }];
  });
  for (let from = 0; from < lines.length; from += 2000) {
    const { body } = await client.bulk({ index, body: lines.slice(from, from + 2000).flat(), refresh: true });
    assert.equal(body.errors, false);
  }
  return index;
}

for (const [way, compareUpTo] of [
  ['all compared with all', 600],
  ['neighbours searched, as of more than 5,000 photos', 599],
] as const) {
  test(`the pairs are those that are there, with their cosines: ${way}`, async (t) => {
    const vectors = randomVectors(600, 5);
    const index = await indexVectors(t, vectors);
    const lowest = 0.97;
    let turn = 0;
    const turns = new Set<number>();
    const update = () => {
      turns.add(turn);
      setImmediate(() => turn++);
    };
    const found = await findDuplicates(client, { index, lowest, compareUpTo, progress: { ...progress, update } });
    assert.ok(turns.size > 100, 'a server that does this answers others meanwhile');
    const expected = new Map<string, number>();
    vectors.forEach((a, i) => {
      vectors.slice(0, i).forEach((b, j) => {
        const cosine = dotProduct(a, b);
        if (cosine >= lowest) expected.set([j, i].join(), cosine);
      });
    });
    assert.ok(expected.size > 100);
    assert.deepEqual([found.photos, found.identical.length, found.completeFrom], [600, 0, lowest]);
    const pairs = found.near.map(({ photos }) => photos.map(({ id }) => parseInt(id)).sort((a, b) => a - b));
    assert.deepEqual(pairs.map(String).sort(), [...expected.keys()].sort());
    found.near.forEach(({ cosine }, at) => {
      assert.ok(Math.abs(cosine - (expected.get(String(pairs[at])) ?? NaN)) < 1e-5);
      assert.ok(cosine <= (found.near[at - 1]?.cosine ?? 1.0001), 'most alike first');
    });
  });
}

test('the table shows what may be incomplete: photos with more neighbours than were asked for', async (t) => {
  /** In a crowd of so many; 30 neighbours are asked for. */
  const find = async (size: number, lowest?: number) => {
    const [one, ...noise] = randomVectors(size + 1, 8);
    const crowd = noise.map((vector) => normalise(vector.map((value, i) => value * 0.02 + (one?.[i] ?? NaN))));
    return findDuplicates(client, { index: await indexVectors(t, crowd), compareUpTo: 0, lowest, progress });
  };
  const few = await find(90);
  assert.ok(few.completeFrom > 0.99);
  assert.match(thresholdTable(few, [0.9]), /0\.9 +\d+\+ /);
  assert.equal((await find(31, 0.5)).near.length, (31 * 30) / 2);
  const all = await find(30, 0.5);
  assert.deepEqual([all.near.length, all.completeFrom], [(30 * 29) / 2, 0.5]);
  assert.doesNotMatch(thresholdTable(all), /\+/);
});

test('an index of more than 10,000 photos is read to its end, each photo once, in the order of names', async (t) => {
  const vectors = randomVectors(10_100, 2);
  const index = await indexVectors(t, vectors);
  let last = '';
  let read = 0;
  for await (const { hit, content, vector } of indexedPhotos(client, index)) {
    assert.ok(last < (hit.image_url ?? ''), hit.id);
    last = hit.image_url ?? '';
    assert.equal(content, `content ${read}`);
    assert.ok(dotProduct(vector, vectors[read] ?? []) > 0.99999);
    // What is uploaded meanwhile is not seen.
    if (read === 100) {
      await client.index({ index, id: 'z', body: { image_url: 'photos/z.jpg', embedding: [1, 0] }, refresh: true });
    }
    read++;
  }
  assert.equal(read, vectors.length);
});

test('a reading that is given up leaves no point in time open on the server', async (t) => {
  const index = await indexVectors(t, randomVectors(600, 2));
  // Others read the same server at the same time: only what this client has opened counts.
  const opened = new Set<string | undefined>();
  client.on('response', (_error, { body, meta }) => {
    const isNew = meta.request.params.path.endsWith('/_search/point_in_time');
    if (isNew && typeof body === 'object') opened.add((body as { pit_id?: string }).pit_id);
  });
  const open = async () => {
    const { pits = [] } = (await client.getAllPits()).body;
    return pits.filter(({ pit_id }) => opened.has(pit_id)).length;
  };
  for await (const { hit } of indexedPhotos(client, index)) {
    assert.deepEqual([hit.id, await open()], ['000000.jpg', 1]);
    break;
  }
  assert.equal(await open(), 0);
});

const pair = (a: string, b: string, cosine: number): NearPair => {
  const photo = (id: string): PhotoHit => ({ id, cosine: NaN, image_url: `photos/${id}` });
  return { photos: [photo(a), photo(b)], cosine };
};

test('groups join what pairs link, the largest first; each photo has the cosine of its nearest other', () => {
  const pairs = [
    ...[pair('a', 'b', 0.999), pair('c', 'd', 0.99), pair('b', 'e', 0.97)],
    ...[pair('a', 'e', 0.96), pair('d', 'e', 0.91)],
  ];
  for (const [threshold, ...groups] of [
    [0.9999],
    [0.98, 'a 0.999, b 0.999', 'c 0.99, d 0.99'],
    [0.95, 'a 0.999, b 0.999, e 0.97', 'c 0.99, d 0.99'],
  ] as const) {
    const found = nearGroups(pairs, threshold);
    const shown = found.map((group) => group.map(({ id, cosine }) => `${id} ${cosine}`).join(', '));
    assert.deepEqual(shown, groups);
  }
  assert.equal(nearGroups(pairs, 0.9)[0]?.length, 5);
});

test('the table says for each threshold how many pairs, groups and photos it would call duplicates', () => {
  const near = [pair('a', 'b', 0.9995), pair('b', 'c', 0.992), pair('d', 'e', 0.96)];
  assert.equal(
    thresholdTable({ near, completeFrom: 0.95 }, [0.999, 0.99, 0.95, 0.9]),
    `
cosine from  pairs  groups  photos  largest group
      0.999      1       1       2              2
       0.99      2       1       3              3
       0.95      3       2       5              3
        0.9     3+       2       5              3`.trimStart(),
  );
});

test('an empty index has no duplicates; one that is missing is explained', async (t) => {
  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  const { photos, identical, near } = await findDuplicates(client, { index, progress });
  assert.deepEqual({ photos, identical, near }, { photos: 0, identical: [], near: [] });
  const missing = findDuplicates(client, { index: `${index}-none`, progress });
  await assert.rejects(missing, { name: 'RequestError', message: new RegExp(`${index}-none`) });
});
