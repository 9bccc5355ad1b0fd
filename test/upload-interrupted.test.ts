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

/** The same clip, which interrupts when it is to encode after so many photos. */
function interrupting(clip: FakeClip, after: number, stop: AbortController): FakeClip {
  const embedPixels: FakeClip['embedPixels'] = (batch) => {
    if (clip.encoded >= after) stop.abort();
    return clip.embedPixels(batch);
  };
  return { ...clip, embedPixels };
}

test('interrupted, an upload stops at once, keeps what has a vector, says how far it came, and goes on later', async (t) => {
  const { clip, upload, whole } = await uploadScene(t, count, fakeClip({ pauseMs: 100 }));
  const summaries: (string | undefined)[] = [];
  const stop = new AbortController();
  const progress = { ...silentProgress, finish: (summary?: string) => summaries.push(summary) };
  const stopped = upload({ clip: interrupting(clip, 24, stop), signal: stop.signal, progress });
  const error = await stopped.catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotoSearchError);
  const [, named = ''] =
    /^Interrupted: (\d+) of 80 photos are in index 'test-.*'\. Run it again: it goes on/.exec(error.message) ?? [];
  const { encoded } = clip;
  assert.ok(encoded < count, 'it stopped half-way');
  assert.equal((await whole()).size, Number(named), 'it says how many are there');
  assert.equal(Number(named), encoded, 'nothing that was encoded is lost');
  assert.match(summaries.join(), new RegExp(`^interrupted, ${named} of 80 photos .*run it again`));
  await sleep(500);
  assert.equal(clip.encoded, encoded, 'nothing goes on behind the cell’s back');

  const report = await upload();
  assert.deepEqual([report.unchanged, report.indexed], [encoded, count - encoded]);
  assert.equal(clip.encoded, count);
});

test('what an interrupted upload has just written is seen by the next, though no search would find it yet', async (t) => {
  const { client, clip, index, upload } = await uploadScene(t, 30);
  await client.indices.putSettings({ index, body: { index: { refresh_interval: '-1' } } });
  const stop = new AbortController();
  await assert.rejects(upload({ clip: interrupting(clip, 0, stop), signal: stop.signal }), /Interrupted/);
  const done = clip.encoded;
  assert.ok(done > 0 && done < 30);
  const report = await upload();
  assert.deepEqual([report.unchanged, report.indexed], [done, 30 - done]);
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
