import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import type { Clip } from '../lib/clip';
import { type EmbeddedPhoto, embedPhotos } from '../lib/embed-photos';
import { readPixels } from '../lib/pixels';
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

/** A CLIP that notes the size of each batch. */
function withBatchSizes(clip: Clip): { clip: Clip; sizes: number[] } {
  const sizes: number[] = [];
  const embedPixels: Clip['embedPixels'] = (batch) => {
    sizes.push(batch.length);
    return clip.embedPixels(batch);
  };
  return { clip: { ...clip, embedPixels }, sizes };
}

test('each photo comes back once, in order, with its own vector, also beside photos that cannot be used', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const photos = somePhotos(23, 4);
  const results = await collect(embedPhotos(clip, photos, { batchSize: 5 }));
  assert.deepEqual(
    results.map(({ photo }) => photo),
    photos,
  );
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

test('the model is run on whole batches, 8 photos unless told otherwise', async (t) => {
  const { clip, sizes } = withBatchSizes(await openModel(t, 'tiny32'));
  await collect(embedPhotos(clip, somePhotos(19)));
  assert.deepEqual(sizes, [8, 8, 3]);
});

test('photos may come from an asynchronous source; never more than two batches are taken ahead', async (t) => {
  const clip = await openModel(t, 'tiny32');
  let taken = 0;
  async function* source() {
    for (const photo of somePhotos(60)) {
      await pause(0);
      taken++;
      yield photo;
    }
  }
  let used = 0;
  for await (const { photo } of embedPhotos(clip, source(), { batchSize: 4 })) {
    assert.equal(photo.number, used++);
    assert.ok(taken - used <= 3 * 4, `${taken} taken, ${used} used`);
  }
  assert.equal(used, 60);
});

test('a caller that stops early closes the source', async (t) => {
  const clip = await openModel(t, 'tiny32');
  let closed = false;
  function* source() {
    try {
      yield* somePhotos(1000);
    } finally {
      closed = true;
    }
  }
  for await (const { photo } of embedPhotos(clip, source())) if (photo.number === 2) break;
  assert.ok(closed);
});

test('an abort ends the work within a batch, with its reason, and closes the source', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const abort = new AbortController();
  const reason = new Error('enough');
  let closed = false;
  function* source() {
    try {
      yield* somePhotos(1000);
    } finally {
      closed = true;
    }
  }
  const seen: number[] = [];
  const work = async () => {
    for await (const { photo } of embedPhotos(clip, source(), { signal: abort.signal })) {
      seen.push(photo.number);
      if (photo.number === 10) abort.abort(reason);
    }
  };
  await assert.rejects(work(), (error) => error === reason);
  assert.ok((seen.at(-1) ?? NaN) < 16, `still gave photo ${seen.at(-1)}`);
  await pause(0);
  assert.ok(closed);
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
  assert.deepEqual(
    results.map((result) => 'vector' in result),
    [true, false, true, true, true],
  );
  const [, failed] = results;
  assert.ok(failed && 'problem' in failed);
  assert.match(failed.problem, /NaN/);
});
