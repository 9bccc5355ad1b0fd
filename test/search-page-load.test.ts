import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, someSearch } from '../bench/app/load';
import { startPageProcess } from '../bench/app/page-process';
import { sharedPhotoIndex } from './support/search-page';
import { testOpenSearchUrl } from './support/test-opensearch';

// npm run bench:app does the same for ten minutes.
test('50 visitors who search at once for a minute: no error, and memory stays the same', async (t) => {
  const page = await startPageProcess(await sharedPhotoIndex(), await testOpenSearchUrl());
  t.after(() => page.close());
  const memory: number[] = [];
  // The first warm up, for so many searches, however long a busy machine takes for them; the others are compared.
  for (const asked of [{ searches: 2500 }, { seconds: 20 }, { seconds: 20 }]) {
    const samples: number[] = [];
    const timer = setInterval(() => samples.push(page.memory()), 1000);
    const { answers, errors, refused, p50, p99 } = await load(page.url, { connections: 50, ...asked }, someSearch);
    clearInterval(timer);
    const mean = samples.reduce((sum, mb) => sum + mb, 0) / samples.length;
    t.diagnostic(`${answers} answers, p50 ${p50} ms, p99 ${p99} ms, ${Math.round(mean)} MB`);
    assert.deepEqual([errors, refused], [0, 0]);
    assert.ok(answers > 0);
    memory.push(mean);
  }
  const [, before = NaN, after = NaN] = memory;
  if (!Number.isNaN(after)) assert.ok(after < before + 100, `${before} MB, then ${after}`);
});
