import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fakeClip } from './support/fake-clip';
import { startProcess } from './support/in-process';
import { jpeg } from './support/photo-files';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

const count = 3000;

test('an upload of 3,000 photos that can be interrupted holds no more memory after the last thousand than after the first', async (t) => {
  const { index, photosDir, whole } = await uploadScene(t, 0, fakeClip({ dimension: 512 }));
  const photo = await jpeg(1, 256, 256);
  for (let i = 0; i < count; i++) {
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
      process.exit(); // the handler of Ctrl-C is no reason to stay
    })();`);
  const memory = JSON.parse((await ended).replace('[0]', '')) as number[];
  t.diagnostic(`after each thousand, and at most: ${memory.map(Math.round).join(', ')} MB`);
  assert.equal((await whole()).size, count);
  assert.equal(memory.length, count / 1000 + 1);
  const [first = NaN, , last = NaN, peak = NaN] = memory;
  // Pixels of one photo are 0.6 MB: a tenth of them kept would show.
  assert.ok(last - first < 100, `${first} MB, then ${last} MB`);
  assert.ok(peak < 650, `${peak} MB`);
});
