import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fakeClip } from './support/fake-clip';
import { jpeg } from './support/photo-files';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const count = 3000;

test('an upload of 3,000 photos that can be interrupted holds no more memory after the last thousand than after the first', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension: 512 }).identity);
  const photosDir = temporaryFolder(t);
  const photo = await jpeg(1, 256, 256);
  for (let i = 0; i < count; i++) {
    // What follows the picture's end makes each file another one.
    const file = path.join(photosDir, `${String(i).padStart(5, '0')}.jpg`);
    writeFileSync(file, Buffer.concat([photo, Buffer.from(String(i))]));
  }
  const worker = path.join(__dirname, 'support', 'upload-memory.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import=tsx', worker, index, photosDir], {
    env: { ...process.env, TEST_OPENSEARCH_URL: await testOpenSearchUrl() },
  });
  const { indexed, memory, peak } = JSON.parse(stdout) as {
    indexed: number;
    memory: number[];
    peak: number;
  };
  t.diagnostic(`after each thousand: ${memory.map(Math.round).join(', ')} MB; peak ${peak} MB`);
  assert.equal(indexed, count);
  assert.equal(memory.length, count / 1000);
  const [first = NaN] = memory;
  const last = memory.at(-1) ?? NaN;
  // Pixels of one photo are 0.6 MB: a tenth of them kept would show.
  assert.ok(last - first < 100, `${first} MB, then ${last} MB`);
  assert.ok(peak < 650, `${peak} MB`);
});
