import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PhotoSearchError } from '../lib/errors';
import { interruptSignal } from '../workshop/interrupt';
import { findPhotos } from '../lib/photos';
import { uploadPhotos } from '../lib/upload';
import { fakeClip } from './support/fake-clip';
import { startFaultyProxy } from './support/faulty-proxy';
import { writePhotos } from './support/photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const count = 80;

test('interrupted, an upload stops at once, keeps what has a vector, says how far it came, and goes on later', async (t) => {
  const client = await testClient();
  const clip = fakeClip({ pauseMs: 100 });
  const index = await emptyPhotoIndex(t, client, clip.identity);
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  const { photos } = await findPhotos(photosDir);
  const summaries: (string | undefined)[] = [];
  const stop = new AbortController();
  const progress = {
    ...silentProgress,
    finish: (summary?: string) => summaries.push(summary),
  };
  const embedPixels: typeof clip.embedPixels = (batch) => {
    if (clip.encoded >= 24) stop.abort();
    return clip.embedPixels(batch);
  };
  let message = '';
  await assert.rejects(
    uploadPhotos(client, {
      index,
      clip: { ...clip, embedPixels },
      photos,
      signal: stop.signal,
      progress,
    }),
    (error) => {
      assert.ok(error instanceof PhotoSearchError);
      message = error.message;
      return true;
    },
  );
  const [, named = ''] =
    /^Interrupted: (\d+) of 80 photos are in index 'test-.*'\. Run it again: it goes on/.exec(
      message,
    ) ?? [];
  const encoded = clip.encoded;
  assert.ok(encoded < count, 'it stopped half-way');
  assert.equal((await wholeIndex(client, index)).size, Number(named), 'it says how many are there');
  assert.equal(Number(named), encoded, 'nothing that was encoded is lost');
  assert.match(summaries.join(), new RegExp(`^interrupted, ${named} of 80 photos .*run it again`));

  await sleep(500);
  assert.equal(clip.encoded, encoded, 'nothing goes on behind the cell’s back');
  const report = await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  assert.deepEqual([report.unchanged, report.indexed], [encoded, count - encoded]);
  assert.equal(clip.encoded, count);
});

test('what an interrupted upload has just written is seen by the next, though no search would find it yet', async (t) => {
  const client = await testClient();
  const clip = fakeClip();
  const index = await emptyPhotoIndex(t, client, clip.identity);
  await client.indices.putSettings({ index, body: { index: { refresh_interval: '-1' } } });
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, 30);
  const { photos } = await findPhotos(photosDir);
  const stop = new AbortController();
  const embedPixels: typeof clip.embedPixels = (batch) => {
    stop.abort();
    return clip.embedPixels(batch);
  };
  const options = { index, photos, progress: silentProgress };
  await assert.rejects(
    uploadPhotos(client, { ...options, clip: { ...clip, embedPixels }, signal: stop.signal }),
    /Interrupted/,
  );
  const done = clip.encoded;
  assert.ok(done > 0 && done < 30);
  const report = await uploadPhotos(client, { ...options, clip });
  assert.deepEqual([report.unchanged, report.indexed], [done, 30 - done]);
});

test(
  'an upload that waits for a silent server is interrupted within seconds',
  { timeout: 20_000 },
  async (t) => {
    const client = await testClient();
    const clip = fakeClip();
    const index = await emptyPhotoIndex(t, client, clip.identity);
    const photosDir = temporaryFolder(t);
    await writePhotos(photosDir, 10);
    const { photos } = await findPhotos(photosDir);
    const stop = new AbortController();
    let stoppedAt = 0;
    const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path }) => {
      if (!path.endsWith('/_bulk')) return undefined;
      stoppedAt = Date.now();
      stop.abort();
      return 'no answer';
    });
    t.after(() => proxy.close());
    const through = await testClient({ url: proxy.url });
    await assert.rejects(
      uploadPhotos(through, { index, clip, photos, signal: stop.signal, progress: silentProgress }),
      /^PhotoSearchError: Interrupted: 0 of 10 photos/,
    );
    assert.ok(Date.now() - stoppedAt < 5000, `took ${Date.now() - stoppedAt} ms`);
    // The server had got them all the same; the next run sees that.
    const report = await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
    assert.equal(report.unchanged, 10);
  },
);

test(
  'an upload that waits for a busy server is interrupted at once',
  { timeout: 20_000 },
  async (t) => {
    const client = await testClient();
    const clip = fakeClip();
    const index = await emptyPhotoIndex(t, client, clip.identity);
    const photosDir = temporaryFolder(t);
    await writePhotos(photosDir, 10);
    const { photos } = await findPhotos(photosDir);
    const busyIds = new Set(['004.jpg']);
    const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path }) =>
      path.endsWith('/_bulk') ? { busyIds } : undefined,
    );
    t.after(() => proxy.close());
    const stop = new AbortController();
    let stoppedAt = 0;
    const progress = {
      ...silentProgress,
      update: (_: number, note?: string) => {
        if (!note?.includes('wait')) return;
        stoppedAt = Date.now();
        stop.abort();
      },
    };
    const through = await testClient({ url: proxy.url });
    await assert.rejects(
      uploadPhotos(through, { index, clip, photos, signal: stop.signal, progress }),
      /^PhotoSearchError: Interrupted: 9 of 10 photos/,
    );
    assert.ok(Date.now() - stoppedAt < 2000, `took ${Date.now() - stoppedAt} ms`);
  },
);

test('Ctrl-C aborts the signal of the running cell; the next cell gets a fresh one', async () => {
  // A handler for signals does not keep a process awake.
  const awake = setInterval(() => undefined, 1000);
  const first = interruptSignal();
  assert.equal(interruptSignal(), first);
  await sleep(10); // it listens from the next turn of the event loop on
  process.kill(process.pid, 'SIGINT');
  await once(first, 'abort');
  const second = interruptSignal();
  assert.notEqual(second, first);
  assert.equal(second.aborted, false);
  await sleep(10); // it listens from the next turn of the event loop on
  process.kill(process.pid, 'SIGINT');
  await once(second, 'abort');
  assert.equal(process.listenerCount('SIGINT'), 0, 'it leaves nothing behind');
  clearInterval(awake);
});
