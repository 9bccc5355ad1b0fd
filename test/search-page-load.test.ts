import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, someSearch } from '../bench/app/load';
import { startPageProcess } from '../bench/app/page-process';
import { deleteIndex, fillPhotoIndex } from './support/search-page';
import { testOpenSearchUrl } from './support/test-opensearch';

// npm run bench:app does the same for ten minutes.
test('50 visitors who search at once, 8 times each: no error, all are answered, and memory stays the same', async (t) => {
  const index = `test-page-load-${process.pid}`;
  await fillPhotoIndex(index);
  const page = await startPageProcess(index, await testOpenSearchUrl());
  t.after(async () => {
    await page.close();
    await deleteIndex(index);
  });
  await load(page.url, { connections: 50, searches: 200 }, someSearch); // warms up
  const before = await page.memory();
  const { answers, errors, refused, p50, p99 } = await load(page.url, { connections: 50, searches: 400 }, someSearch);
  const after = await page.memory();
  t.diagnostic(`p50 ${p50} ms, p99 ${p99} ms, ${Math.round(before)} to ${Math.round(after)} MB`);
  assert.deepEqual([answers, errors, refused], [400, 0, 0]);
  if (!Number.isNaN(after)) assert.ok(after < before + 100, `${before} MB, then ${after}`);
});
