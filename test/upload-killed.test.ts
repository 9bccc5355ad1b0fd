import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { findPhotos } from '../lib/photos';
import { uploadPhotos } from '../lib/upload';
import { fakeClip } from './support/fake-clip';
import { writePhotos } from './support/photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const count = 160;

test('killed at 20 random moments and run again, an upload ends with the index of one undisturbed run, and encodes no photo twice that was done', async (t) => {
  const client = await testClient();
  const clip = fakeClip();
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  const { photos } = await findPhotos(photosDir);
  const undisturbed = await emptyPhotoIndex(t, client, clip.identity);
  await uploadPhotos(client, { index: undisturbed, clip, photos, progress: silentProgress });
  const expected = await wholeIndex(client, undisturbed);
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
    const report = await uploadPhotos(client, {
      index,
      clip: encoder,
      photos,
      progress: silentProgress,
    });
    assert.deepEqual([report.unchanged, report.indexed], [done, count - done]);
    assert.equal(encoder.encoded, count - done, 'what was done is not encoded again');
    assert.deepEqual(await wholeIndex(client, index), expected);
  }
  await Promise.all([killAgainAndAgain(moments.slice(0, 10)), killAgainAndAgain(moments.slice(10))]);
  assert.ok(killedHalfway >= 3, `only ${killedHalfway} kills met an upload half-way`);
  t.diagnostic(`${killedHalfway} of ${moments.length} kills met an upload half-way`);
});

/** Starts an upload in a process of its own and kills it `moment` ms after it has begun to work. */
async function killedUpload(index: string, photosDir: string, moment: number): Promise<void> {
  const worker = path.join(__dirname, 'support', 'upload-worker.ts');
  const child = spawn(process.execPath, ['--import=tsx', worker, index, photosDir], {
    env: { ...process.env, TEST_OPENSEARCH_URL: await testOpenSearchUrl() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), closed]);
  await new Promise((resolve) => setTimeout(resolve, moment));
  child.kill('SIGKILL');
  await closed;
}

function randomNumbers(seed: number, length: number): number[] {
  let state = seed;
  return Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
}
