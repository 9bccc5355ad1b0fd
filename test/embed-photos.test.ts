import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { type Clip, type EmbeddedPhoto, embedPhotos, readPixels } from '../lib/index';
import { fixtures, openModel } from './support/clip-fixtures';

interface TestPhoto {
  path: string;
  number: number;
}

const picture = (name: string) => path.join(fixtures, 'pictures', name);
const good = ['baseline.jpg', 'rgb.png', 'lossy.webp', 'exif-6.jpg', 'grey.jpg'].map(picture);

/** `count` photos, each `badEvery`th of which is none. */
function somePhotos(count: number, badEvery = Infinity): TestPhoto[] {
  return Array.from({ length: count }, (_, number) => ({
    number,
    path: number % badEvery === badEvery - 1 ? __filename : (good[number % good.length] ?? ''),
  }));
}

async function collect(results: AsyncIterable<EmbeddedPhoto<TestPhoto>>): Promise<EmbeddedPhoto<TestPhoto>[]> {
  const all: EmbeddedPhoto<TestPhoto>[] = [];
  for await (const result of results) all.push(result);
  return all;
}

test('each photo comes back once, in order, with its own vector, also beside photos that cannot be used', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const photos = somePhotos(23, 4);
  const results = await collect(embedPhotos(clip, photos));
  const found = results.map(({ photo }) => photo);
  assert.deepEqual(found, photos);
  for (const result of results) {
    if (result.photo.number % 4 === 3) {
      assert.ok('problem' in result);
      assert.match(result.problem, /^is not a picture/);
    } else {
      assert.ok('vector' in result);
      const [alone] = await clip.embedPixels([await readPixels(result.photo.path, clip.input)]);
      assert.deepEqual(result.vector, alone);
    }
  }
});

test('the model is run on whole batches of 8 photos, of which never more than two are taken ahead; a caller that stops early closes the source', async (t) => {
  const real = await openModel(t, 'tiny32');
  const sizes: number[] = [];
  const embedPixels: Clip['embedPixels'] = (batch) => {
    sizes.push(batch.length);
    return real.embedPixels(batch);
  };
  let [taken, used] = [0, 0];
  const closed: boolean[] = [];
  async function* source() {
    try {
      for (const photo of somePhotos(61)) {
        await pause(0);
        taken++;
        yield photo;
      }
    } finally {
      closed.push(true);
    }
  }
  for await (const { photo } of embedPhotos({ ...real, embedPixels }, source())) {
    assert.equal(photo.number, used++);
    assert.ok(taken - used <= 3 * 8, `${taken} taken, ${used} used`);
  }
  assert.deepEqual([used, sizes], [61, [...Array<number>(7).fill(8), 5]]);
  for await (const { photo } of embedPhotos(real, source())) if (photo.number === 2) break;
  assert.equal(closed.length, 2);
});

test('an abort ends the work within a batch, with its reason', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const abort = new AbortController();
  const reason = new Error('enough');
  let seen = 0;
  const work = async () => {
    for await (const { photo } of embedPhotos(clip, somePhotos(1000), { signal: abort.signal })) {
      seen = photo.number;
      if (seen === 10) abort.abort(reason);
    }
  };
  await assert.rejects(work(), (error) => error === reason);
  assert.ok(seen < 16, `still gave photo ${seen}`);
});

test('a photo whose vector is zeros or NaN is named, and the others of its batch are not lost', async (t) => {
  const real = await openModel(t, 'tiny32');
  const bad = await readPixels(good[1] ?? '', real.input);
  const clip: Clip = {
    ...real,
    embedPixels: (batch) =>
      real.embedPixels(batch.map((pixels) => (pixels[9999] === bad[9999] ? pixels.map(() => NaN) : pixels))),
  };
  const results = await collect(embedPhotos(clip, somePhotos(5)));
  const found = results.map((result) => 'vector' in result);
  assert.deepEqual(found, [true, false, true, true, true]);
  const [, failed] = results;
  assert.ok(failed && 'problem' in failed);
  assert.match(failed.problem, /NaN/);
});
