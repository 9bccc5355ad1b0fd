import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { fakeClip, type FakeClip } from './support/fake-clip';
import { startFaultyProxy, type Fault } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

/**
 * Uploads photos, and tells of each bulk request how long it was and how many photos had been encoded.
 *
 * @param first what goes wrong with the first one
 */
async function bulkRequests(
  t: TestContext,
  clip: FakeClip,
  count: number,
  first?: Fault,
): Promise<{ length: number; encoded: number }[]> {
  const { upload, whole } = await uploadScene(t, count, clip);
  const requests: { length: number; encoded: number }[] = [];
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path, body }) => {
    if (!path.endsWith('/_bulk')) return undefined;
    requests.push({ length: body.length, encoded: clip.encoded });
    return requests.length === 1 ? first : undefined;
  });
  t.after(() => proxy.close());
  await upload({}, await testClient({ url: proxy.url, requestTimeoutMs: 5000 }));
  assert.equal((await whole()).size, count);
  return requests;
}

test('a photo waits little more than a second to be sent: a killed process loses little', async (t) => {
  const pauseMs = 400;
  const requests = await bulkRequests(t, fakeClip({ pauseMs }), 64);
  // Eight batches of 0.4 s: a request about every third.
  const [first] = requests;
  assert.ok(first && first.encoded <= 32, `the first after ${first?.encoded} photos`);
  assert.ok(requests.length >= 2, `${requests.length} requests`);
});

test('a request is sent when it has 2 MB, however few its photos; a server that is slower than the model holds it back: no more than two requests’ worth is in memory', async (t) => {
  // A document of 100 kB: 21 in a request.
  const requests = await bulkRequests(t, fakeClip({ dimension: 8000 }), 120, 'no answer');
  const longest = Math.max(...requests.map(({ length }) => length));
  assert.ok(requests.length >= 6 && longest < 2.2e6, `${requests.length} requests, of up to ${longest} characters`);
  // For 5 s the first request had no answer: it comes again before another. The next 21 photos wait, and a batch.
  const [first, second] = requests;
  assert.ok(first && second);
  assert.equal(second.length, first.length, 'no other request meanwhile');
  assert.ok(second.encoded <= 21 + 21 + 2 * 8, `${second.encoded} were encoded`);
});
