import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../further/seeded-random';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { jpeg } from './support/photo-files';
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
  const random = seededRandom(seed);
  const moments = Array.from({ length: 20 }, () => random() * 3500);
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

test('an upload of 3,000 photos that can be interrupted holds no more memory after the last thousand than after the first', async (t) => {
  const { index, photosDir, whole } = await uploadScene(t, 0, fakeClip({ dimension: 512 }));
  const photo = await jpeg(1, 256, 256);
  for (let i = 0; i < 3000; i++) {
    // What follows the picture's end makes each file another one.
    const file = path.join(photosDir, `${String(i).padStart(5, '0')}.jpg`);
    writeFileSync(file, Buffer.concat([photo, Buffer.from(String(i))]));
  }
  // As users do, with a signal that lives as long as the process.
  const { ended } = startProcess(`
    (async () => {
      const client = await require('@/test/support/photo-indexes').testClient({ url: '${await testOpenSearchUrl()}' });
      const { photos } = await require('@/lib/photos').findPhotos('${photosDir}');
      const memory = [];
      const update = (done) => {
        if (done >= 1000 * (memory.length + 1)) memory.push(process.memoryUsage.rss() / 1e6);
      };
      const clip = require('@/test/support/fake-clip').fakeClip({ dimension: 512, side: 224 });
      const signal = require('@/workshop/interrupt').interruptSignal();
      const progress = { update, finish: () => undefined };
      await require('@/lib/upload').uploadPhotos(client, { index: '${index}', clip, photos, progress, signal });
      console.log(JSON.stringify([...memory, (process.resourceUsage().maxRSS * 1024) / 1e6]));
      process.exit(); // the handler of Ctrl-C would keep it running
    })();`);
  const memory = JSON.parse((await ended).replace('[0]', '')) as number[];
  t.diagnostic(`after each thousand, and at most: ${memory.map(Math.round).join(', ')} MB`);
  assert.equal((await whole()).size, 3000);
  assert.equal(memory.length, 3000 / 1000 + 1);
  const [first = NaN, , last = NaN, peak = NaN] = memory;
  // Pixels of one photo are 0.6 MB: a tenth of them kept would show.
  assert.ok(last - first < 100, `${first} MB, then ${last} MB`);
  assert.ok(peak < 650, `${peak} MB`);
});
