import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { loadClip } from '../lib/clip';
import { findDuplicates, type NearPair } from '../further/duplicates/duplicates';
import { writeAlteredCopies } from '../further/duplicates/altered-copies';
import { nearGroups } from '../further/duplicates/groups';
import { groupsGrid } from '../further/duplicates/groups-grid';
import { indexedPhotos } from '../further/duplicates/indexed-photos';
import { thresholdTable } from '../further/duplicates/threshold-table';
import { PhotoSearchError } from '../lib/errors';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import type { PhotoHit } from '../lib/search';
import { findPhotos } from '../lib/photos';
import { uploadPhotos } from '../lib/upload';
import { readSettings, repositoryRoot } from '../workshop/settings';
import { fakeClip } from './support/fake-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

const progress = silentProgress;

/** Six of the workshop's photos with altered copies of each, in an index with the built-in model's vectors. */
async function alteredCopies(t: TestContext): Promise<{ client: Client; index: string; folder: string }> {
  const settings = readSettings({ CLIP_MODEL: 'models/pocket-clip' }, '');
  const client = await testClient();
  const { identity } = await chooseModel(settings);
  const clip = await loadClip(await fetchModel(identity, settings));
  t.after(() => clip.dispose());
  const { photos } = await findPhotos(path.join(repositoryRoot, 'photos'));
  const folder = await writeAlteredCopies(photos.slice(0, 6), temporaryFolder(t));
  const index = await emptyPhotoIndex(t, client, identity);
  const copies = await findPhotos(folder);
  await uploadPhotos(client, { index, clip, photos: copies.photos, progress });
  return { client, index, folder };
}

/** `photos/beach cropped.jpg` was made of `beach`. */
const original = ({ image_url = '' }: PhotoHit) =>
  image_url.replace(/^photos\//, '').replace(/( copy| saved.*| half.*| cropped| brighter)?\.jpg$/, '');

const names = (photos: readonly PhotoHit[]) => photos.map(({ image_url }) => image_url);

test('byte-identical photos are found by their hash, and stand apart from those that only look alike', async (t) => {
  const { client, index, folder } = await alteredCopies(t);
  const { photos, identical, near } = await findDuplicates(client, { index, progress });
  assert.equal(photos, 36);
  assert.equal(identical.length, 6);
  for (const group of identical) {
    assert.deepEqual(
      group.map(({ cosine }) => cosine),
      [1, 1],
    );
    const [one, other] = group.map(({ image_url = '' }) =>
      readFileSync(path.join(folder, image_url.replace('photos/', ''))),
    );
    assert.ok(one && other?.equals(one));
  }
  const second = new Set(identical.map(([, again]) => again?.id));
  for (const pair of near) {
    for (const { id } of pair.photos) assert.ok(!second.has(id), `${id} is there twice`);
  }

  const searched = await findDuplicates(client, { index, compareUpTo: 0, progress });
  assert.deepEqual(searched.identical, identical);
  const pairs = (of: NearPair[]) => of.map(({ photos }) => names(photos).sort().join()).sort();
  assert.deepEqual(pairs(searched.near), pairs(near));
});

test('a photo’s nearest other is an altered copy of it, and copies that were only saved again or shrunk stand above all pairs of different photos', async (t) => {
  const { client, index } = await alteredCopies(t);
  const { near } = await findDuplicates(client, { index, lowest: -1, progress });
  const contents = new Set(near.flatMap(({ photos }) => photos.map(({ id }) => id)));
  assert.equal(contents.size, 30);
  for (const id of contents) {
    const nearest = near.find(({ photos }) => photos.some((photo) => photo.id === id));
    assert.ok(nearest);
    assert.equal(original(nearest.photos[0]), original(nearest.photos[1]), names(nearest.photos).join());
  }
  const isSame = ({ photos: [one, other] }: NearPair) => original(one) === original(other);
  const isLight = ({ photos }: NearPair) => photos.every(({ image_url = '' }) => !/cropped|brighter/.test(image_url));
  const lightest = near.filter((pair) => isSame(pair) && isLight(pair)).map(({ cosine }) => cosine);
  const unrelated = near.filter((pair) => !isSame(pair)).map(({ cosine }) => cosine);
  assert.equal(lightest.length, 18);
  assert.ok(Math.min(...lightest) > Math.max(...unrelated));
});

/** Unit vectors with the cosine that the first two numbers tell, in a plane for each angle. */
function randomVectors(count: number, dimension: number, seed = 7): Float32Array[] {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  return Array.from({ length: count }, () => {
    const vector = Float32Array.from({ length: dimension }, random);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

/** Documents of photos that have no files, with these vectors. */
async function indexVectors(t: TestContext, client: Client, vectors: Float32Array[]): Promise<string> {
  const { identity } = fakeClip({ dimension: vectors[0]?.length });
  const index = await emptyPhotoIndex(t, client, identity);
  const name = (i: number) => `${String(i).padStart(6, '0')}.jpg`;
  for (let from = 0; from < vectors.length; from += 2000) {
    const body = vectors.slice(from, from + 2000).flatMap((vector, i) => [
      { index: { _id: name(from + i) } },
      {
        embedding: Array.from(vector),
        image_url: `photos/${name(from + i)}`,
        sha256: `content ${from + i}`,
      },
    ]);
    const response = await client.bulk({ index, body });
    assert.equal(response.body.errors, false);
  }
  await client.indices.refresh({ index });
  return index;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

for (const [way, compareUpTo] of [
  ['all compared with all', 600],
  ['neighbours searched, as of more than 5,000 photos', 599],
] as const) {
  test(`the pairs are those that are there, with their cosines: ${way}`, async (t) => {
    const client = await testClient();
    const vectors = randomVectors(600, 5);
    const index = await indexVectors(t, client, vectors);
    const lowest = 0.97;
    const found = await findDuplicates(client, { index, lowest, compareUpTo, progress });
    const expected = new Map<string, number>();
    vectors.forEach((a, i) => {
      vectors.slice(0, i).forEach((b, j) => {
        const cosine = dot(a, b);
        if (cosine >= lowest) expected.set([j, i].join(), cosine);
      });
    });
    assert.ok(expected.size > 100);
    assert.deepEqual([found.photos, found.identical.length, found.completeFrom], [600, 0, lowest]);
    const numbers = found.near.map(({ photos }) => photos.map(({ id }) => Number.parseInt(id)).sort((a, b) => a - b));
    assert.deepEqual(numbers.map((pair) => pair.join()).sort(), [...expected.keys()].sort());
    found.near.forEach(({ cosine }, position) => {
      const exact = expected.get(numbers[position]?.join() ?? '') ?? NaN;
      assert.ok(Math.abs(cosine - exact) < 1e-5);
      assert.ok(cosine <= (found.near[position - 1]?.cosine ?? 1.0001), 'most alike first');
    });
  });
}

test('a photo with more neighbours than are asked for is no secret: the table shows what may be incomplete', async (t) => {
  const client = await testClient();
  const [one] = randomVectors(1, 8);
  assert.ok(one);
  const crowd = randomVectors(30, 8, 3).map((noise) => {
    const vector = one.map((value, i) => value + (noise[i] ?? 0) * 0.05);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
  const index = await indexVectors(t, client, crowd);
  const compareUpTo = 0;
  const few = await findDuplicates(client, { index, compareUpTo, neighbours: 3, progress });
  assert.ok(few.completeFrom > 0.99);
  assert.match(thresholdTable(few, [0.9]), /0\.9 +\d+\+ /);
  const all = await findDuplicates(client, {
    index,
    compareUpTo,
    neighbours: 29,
    lowest: 0.5,
    progress,
  });
  assert.equal(all.near.length, (30 * 29) / 2);
  const more = await findDuplicates(client, {
    index,
    compareUpTo,
    neighbours: 60,
    lowest: 0.5,
    progress,
  });
  assert.equal(more.completeFrom, 0.5);
  assert.doesNotMatch(thresholdTable(more), /\+/);
});

test('an index of more than 10,000 photos is read to its end, each photo once, in the order of names', async (t) => {
  const client = await testClient();
  const count = 10_100;
  const vectors = randomVectors(count, 2);
  const index = await indexVectors(t, client, vectors);
  let last = '';
  let read = 0;
  for await (const { hit, content, vector } of indexedPhotos(client, index)) {
    assert.ok(last < (hit.image_url ?? ''), hit.id);
    last = hit.image_url ?? '';
    assert.equal(content, `content ${read}`);
    assert.ok(dot(vector, vectors[read] ?? vector) > 0.99999);
    // What is uploaded meanwhile is not seen.
    if (read === 100) {
      await client.index({
        index,
        id: 'z',
        body: { image_url: 'photos/z.jpg', embedding: [1, 0] },
        refresh: true,
      });
    }
    read++;
  }
  assert.equal(read, count);
});

test('a reading that is given up leaves no point in time open on the server', async (t) => {
  const client = await testClient();
  const index = await indexVectors(t, client, randomVectors(600, 2));
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
    assert.equal(hit.id, '000000.jpg');
    assert.equal(await open(), 1);
    break;
  }
  assert.equal(await open(), 0);
  const interrupt = new AbortController();
  const stopAtOnce = {
    finish: () => undefined,
    update: () => {
      interrupt.abort(new Error('interrupted'));
    },
  };
  await assert.rejects(
    findDuplicates(client, { index, signal: interrupt.signal, progress: stopAtOnce }),
    /interrupted/,
  );
  for (let tries = 0; tries < 50 && (await open()) > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await open(), 0);
  assert.ok(opened.size > 1);
});

const photo = (id: string): PhotoHit => ({ id, cosine: NaN, image_url: `photos/${id}` });
const pair = (a: string, b: string, cosine: number): NearPair => ({
  photos: [photo(a), photo(b)],
  cosine,
});

test('groups join what pairs link, the largest first; each photo has the cosine of its nearest other', () => {
  const pairs = [
    pair('a', 'b', 0.999),
    pair('c', 'd', 0.99),
    pair('b', 'e', 0.97),
    pair('a', 'e', 0.96),
    pair('d', 'e', 0.91),
  ];
  const shown = (threshold: number) =>
    nearGroups(pairs, threshold).map((group) => group.map(({ id, cosine }) => `${id} ${cosine}`));
  assert.deepEqual(shown(0.9999), []);
  assert.deepEqual(shown(0.98), [
    ['a 0.999', 'b 0.999'],
    ['c 0.99', 'd 0.99'],
  ]);
  assert.deepEqual(shown(0.95)[0], ['a 0.999', 'b 0.999', 'e 0.97']);
  assert.deepEqual(
    shown(0.9).map((group) => group.length),
    [5],
  );
});

test('the table says for each threshold how many pairs, groups and photos it would call duplicates', () => {
  const near = [pair('a', 'b', 0.9995), pair('b', 'c', 0.992), pair('d', 'e', 0.96)];
  assert.equal(
    thresholdTable({ near, completeFrom: 0.95 }, [0.999, 0.99, 0.95, 0.9]),
    [
      'cosine from  pairs  groups  photos  largest group',
      '      0.999      1       1       2              2',
      '       0.99      2       1       3              3',
      '       0.95      3       2       5              3',
      '        0.9     3+       2       5              3',
    ].join('\n'),
  );
});

test('groups are shown as pictures, the first ones, and the rest is counted', async (t) => {
  const { client, index, folder } = await alteredCopies(t);
  const { identical } = await findDuplicates(client, { index, progress });
  const html = await groupsGrid(identical, {
    photosDir: folder,
    heading: 'The same file',
    most: 2,
  });
  assert.equal(html.match(/<img src="data:image\/jpeg;base64,/g)?.length, 4);
  assert.match(html, /The same file: 6 groups/);
  assert.match(html, /and 4 more/);
  assert.match(html, /Photo: .*Stef Binde/);
});

test('an empty index has no duplicates; one that is missing is explained', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  const { photos, identical, near } = await findDuplicates(client, { index, progress });
  assert.deepEqual({ photos, identical, near }, { photos: 0, identical: [], near: [] });
  await assert.rejects(
    findDuplicates(client, { index: `${index}-none`, progress }),
    (error: Error) => error instanceof PhotoSearchError && error.message.includes(`${index}-none`),
  );
});
