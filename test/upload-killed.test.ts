import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { emptyPhotoIndex, wholeIndex } from './support/photo-indexes';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

const count = 160;

test('killed at 20 random moments and run again, an upload ends with the index of one undisturbed run, and encodes no photo twice that was done', async (t) => {
  const { client, clip, photosDir, upload, whole } = await uploadScene(t, count);
  await upload();
  const expected = await whole();
  assert.equal(expected.size, count);

  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1e6);
  t.diagnostic(`TEST_SEED=${seed}`);
  const moments = randomNumbers(seed, 20).map((random) => random * 3500);
  let killedHalfway = 0;

  /** Kills one upload after the other, and begins with an empty index whenever one has come to its end. */
  async function killAgainAndAgain(moments: number[]): Promise<void> {
    let index = await emptyPhotoIndex(t, client, clip.identity);
    let done = 0;
    for (const moment of moments) {
      await killedUpload(index, photosDir, moment);
      const after = await wholeIndex(client, index);
      assert.ok(after.size >= done, 'nothing that was there is lost');
      for (const [id, document] of after) assert.deepEqual(document, expected.get(id), id);
      if (after.size > done && after.size < count) killedHalfway++;
      done = after.size;
      if (done < count) continue;
      index = await emptyPhotoIndex(t, client, clip.identity);
      done = 0;
    }
    const encoder = fakeClip();
    const report = await upload({ index, clip: encoder });
    assert.deepEqual([report.unchanged, report.indexed], [done, count - done]);
    assert.equal(encoder.encoded, count - done, 'what was done is not encoded again');
    assert.deepEqual(await wholeIndex(client, index), expected);
  }
  await Promise.all([killAgainAndAgain(moments.slice(0, 10)), killAgainAndAgain(moments.slice(10))]);
  t.diagnostic(`${killedHalfway} of ${moments.length} kills met an upload half-way`);
  assert.ok(killedHalfway >= 3, `only ${killedHalfway} kills met an upload half-way`);
});

/** Starts a slow upload in a process of its own and kills it `moment` ms after it has begun to work. */
async function killedUpload(index: string, photosDir: string, moment: number): Promise<void> {
  const { child, ended } = startProcess(`
    const { fakeClip } = require('@/test/support/fake-clip');
    (async () => {
      const client = await require('@/test/support/photo-indexes').testClient({ url: '${await testOpenSearchUrl()}' });
      const { photos } = await require('@/lib/photos').findPhotos('${photosDir}');
      console.log('ready');
      const progress = require('@/test/support/silent-progress').silentProgress;
      const options = { index: '${index}', clip: fakeClip({ pauseMs: 150 }), photos, progress };
      await require('@/lib/upload').uploadPhotos(client, options);
    })();`);
  await Promise.race([new Promise((resolve) => child.stdout?.once('data', resolve)), ended]);
  await sleep(moment);
  child.kill('SIGKILL');
  assert.match(await ended, /^ready\s*\[(SIGKILL|0)\]$/);
}

function randomNumbers(seed: number, length: number): number[] {
  let state = seed;
  return Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
}
