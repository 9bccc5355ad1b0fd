import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BulkOperation } from '../lib/upload/bulk-request';
import { openBulkWriter, type BulkWriterOptions } from '../lib/upload/bulk-writer';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { fakeClip } from './support/fake-clip';

const operation = (i: number): BulkOperation => ({
  id: `${i}`,
  document: JSON.stringify({ image_url: `photos/${i}.jpg`, title: 'x'.repeat(5000) }),
});

function options(
  index: string,
  settled: (count: number) => void,
): BulkWriterOptions<BulkOperation> {
  return {
    index,
    patienceMs: 10_000,
    signal: new AbortController().signal,
    onNotice: () => undefined,
    onOutcome: ({ taken, refused }) => {
      assert.deepEqual(refused, []);
      settled(taken.length);
    },
  };
}

test('whoever adds faster than the server takes is held back: no more than two requests’ worth waits', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  let waiting = 0;
  let most = 0;
  const requests: number[] = [];
  const settled = (count: number) => {
    waiting -= count;
    requests.push(count);
  };
  const writer = openBulkWriter(client, { ...options(index, settled), chunkCount: 50 });
  for (let i = 0; i < 1000; i++) {
    waiting++;
    most = Math.max(most, waiting);
    await writer.add(operation(i));
  }
  await writer.flush();
  assert.ok(most <= 100, `${most} waited`);
  assert.equal(requests.length, 20);
  assert.equal((await wholeIndex(client, index)).size, 1000);
});

test('a request is sent when it has its bytes, however few its operations', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  const requests: number[] = [];
  const settled = (count: number) => requests.push(count);
  const writer = openBulkWriter(client, { ...options(index, settled), chunkBytes: 20_000 });
  for (let i = 0; i < 12; i++) await writer.add(operation(i));
  await writer.flush();
  assert.deepEqual(requests, [4, 4, 4]);
});

test('an operation waits no longer than asked for, so that a killed process loses little', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  const requests: number[] = [];
  const settled = (count: number) => requests.push(count);
  const writer = openBulkWriter(client, { ...options(index, settled), chunkMs: 50 });
  await writer.add(operation(1));
  assert.deepEqual(requests, []);
  for (let waited = 0; requests.length === 0 && waited < 5000; waited += 20) await sleep(20);
  assert.deepEqual(requests, [1]);
  await writer.close();
  await writer.add(operation(2));
  await sleep(200);
  assert.deepEqual(requests, [1], 'what is added after the end is not sent');
});
