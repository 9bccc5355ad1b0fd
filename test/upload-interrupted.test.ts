import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhotoSearchError } from '../lib/errors';
import { fakeClip, type FakeClip } from './support/fake-clip';
import { startFaultyProxy, type Fault } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

const count = 80;

test('interrupted, an upload stops at once, keeps what has a vector, says how far it came, and goes on later, though no search would find that yet', async (t) => {
  const { client, clip, index, upload, whole } = await uploadScene(t, count, fakeClip({ pauseMs: 100 }));
  await client.indices.putSettings({ index, body: { index: { refresh_interval: '-1' } } });
  const stop = new AbortController();
  const embedPixels: FakeClip['embedPixels'] = (batch) => {
    if (clip.encoded >= 24) stop.abort();
    return clip.embedPixels(batch);
  };
  const summaries: (string | undefined)[] = [];
  const progress = { ...silentProgress, finish: (summary?: string) => summaries.push(summary) };
  const stopped = upload({ clip: { ...clip, embedPixels }, signal: stop.signal, progress });
  const error = await stopped.catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotoSearchError);
  const { encoded } = clip;
  assert.ok(encoded < count, 'it stopped half-way');
  assert.match(
    error.message,
    new RegExp(`^Interrupted: ${encoded} of 80 photos are in index 'test-.*'\\. Run it again`),
  );
  assert.match(summaries.join(), new RegExp(`^interrupted, ${encoded} of 80 photos .*run it again`));
  await sleep(500);
  assert.equal(clip.encoded, encoded, 'nothing goes on behind the cell’s back');

  const report = await upload();
  assert.deepEqual([report.unchanged, report.indexed], [encoded, count - encoded]);
  assert.equal(clip.encoded, count);
  assert.equal((await whole()).size, count);
});

const waits: [what: string, fault: Fault, says: RegExp, mostMs: number, there: number][] = [
  // The server had got them all the same; the next run sees that.
  ['a silent server', 'no answer', /^PhotoSearchError: Interrupted: 0 of 10 photos/, 5000, 10],
  ['a busy server', { busyIds: new Set(['004.jpg']) }, /^PhotoSearchError: Interrupted: 9 of 10 photos/, 2000, 9],
];
for (const [what, fault, says, mostMs, there] of waits) {
  test(`an upload that waits for ${what} is interrupted at once`, { timeout: 20_000 }, async (t) => {
    const { upload } = await uploadScene(t, 10);
    const stop = new AbortController();
    let stoppedAt = 0;
    const interrupt = () => {
      stoppedAt = Date.now();
      stop.abort();
    };
    const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path }) => {
      if (!path.endsWith('/_bulk')) return undefined;
      if (fault === 'no answer') interrupt();
      return fault;
    });
    t.after(() => proxy.close());
    const update = (_: number, note?: string) => {
      if (note?.includes('wait')) interrupt();
    };
    const options = { signal: stop.signal, progress: { ...silentProgress, update } };
    await assert.rejects(upload(options, await testClient({ url: proxy.url })), says);
    assert.ok(Date.now() - stoppedAt < mostMs, `took ${Date.now() - stoppedAt} ms`);
    assert.equal((await upload()).unchanged, there);
  });
}
