import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { uploadTable } from '../console/upload-table';
import { type UploadOptions, UploadError } from '../lib/upload';
import { startFaultyProxy, type Fault, type FaultyProxy } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

const count = 20;

/** Twenty photos, an empty index, and a proxy in between, whose first, second … bulk request meets these faults. */
async function scene(
  t: TestContext,
  faults: (Fault | undefined)[] | ((body: string) => Fault | undefined),
  patience: { patienceMs?: number; requestTimeoutMs?: number } = {},
) {
  const { upload, ...straight } = await uploadScene(t, count);
  const next = typeof faults === 'function' ? faults : () => faults.shift();
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path, body }) =>
    path.endsWith('/_bulk') ? next(body) : undefined,
  );
  t.after(() => proxy.close());
  const through = await testClient({ url: proxy.url, patienceMs: 20_000, ...patience });
  /** Notes of the progress line, as the reader sees them. */
  const notes: string[] = [];
  const update = (_: number, note?: string) => {
    if (note !== undefined) notes.push(note);
  };
  return {
    ...{ ...straight, proxy, notes },
    /** Through the proxy. */
    upload: (options: Partial<UploadOptions> = {}) =>
      upload({ progress: { ...silentProgress, update }, ...options }, through),
  };
}

function bulkRequests({ requests }: FaultyProxy): number {
  return requests.filter(({ path }) => path.endsWith('/_bulk')).length;
}

const passing: [string, Fault][] = [
  [
    '429 for the whole request',
    {
      answer: 429,
      body: '{"error":{"type":"rejected_execution_exception","reason":"queue"},"status":429}',
    },
  ],
  ['a connection that is reset', 'reset'],
  ['an answer that is cut', 'cut answer'],
  ['a time-out', 'no answer'],
];

for (const [name, fault] of passing) {
  test(`${name} is waited out, and every photo arrives once`, { timeout: 30_000 }, async (t) => {
    const { upload, whole, proxy, clip } = await scene(t, [fault, fault], {
      requestTimeoutMs: 1000,
    });
    const report = await upload();
    assert.deepEqual([report.indexed, report.dropped], [count, []]);
    assert.equal((await whole()).size, count);
    assert.equal(bulkRequests(proxy), 3);
    assert.equal(clip.encoded, count);
  });
}

test('photos that are turned away with 429 one by one are sent again, and no others', async (t) => {
  const busy = new Set(['003.jpg', '004.jpg', '019.jpg']);
  const still = new Set(['004.jpg']);
  const { upload, whole, proxy, notes } = await scene(t, [{ busyIds: busy }, { busyIds: still }]);
  const report = await upload();
  assert.deepEqual([report.indexed, report.dropped], [count, []]);
  assert.equal((await whole()).size, count);
  const ids = proxy.requests
    .filter(({ path }) => path.endsWith('/_bulk'))
    .map(({ body }) => [...body.matchAll(/^\{"index":\{"_id":"(.*)"\}\}$/gm)].map(([, id]) => id));
  assert.deepEqual(ids.slice(1), [[...busy], [...still]]);
  assert.match(
    notes.find((note) => note.includes('wait')) ?? '',
    /^3 of 20 photos wait \d\.\d s, at most 60 s in all: 429 rejected_execution_exception: .*queue is full/,
  );
});

test('what stays refused is named with the server’s reason, the rest is in, and the next run tries it again', async (t) => {
  let busyIds = new Set(['005.jpg', '011.jpg']);
  const { upload, whole, clip } = await scene(t, () => ({ busyIds }));
  await assert.rejects(upload({ patienceMs: 1000 }), (error) => {
    assert.ok(error instanceof UploadError);
    assert.match(
      error.message,
      /^OpenSearch did not take 2 photos; 18 of 20 photos are in index 'test-.*'\. Run it again/,
    );
    assert.match(
      error.message,
      /photos\/005\.jpg, photos\/011\.jpg: 429 rejected_execution_exception: rejected execution .*queue is full/,
    );
    assert.deepEqual(
      error.report.dropped.map(({ imageUrl }) => imageUrl),
      ['photos/005.jpg', 'photos/011.jpg'],
    );
    assert.match(uploadTable(error.report), /indexed +18\n.*unchanged +0\n.*dropped +2\n/s);
    return true;
  });
  assert.equal((await whole()).size, 18);
  busyIds = new Set();
  clip.encoded = 0;
  const report = await upload();
  assert.deepEqual([report.indexed, report.unchanged, clip.encoded], [2, 18, 2]);
});

test('a document that OpenSearch can’t take is named with its deepest reason, and stops no other', async (t) => {
  const { upload, whole, photosDir } = await scene(t, []);
  const credits = { '007.jpg': { licence: 'x'.repeat(40_000) } };
  writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify(credits));
  await assert.rejects(upload(), (error) => {
    assert.ok(error instanceof UploadError);
    assert.match(
      error.message,
      /photos\/007\.jpg: 400 \w+_exception: .*(bytes can be at most 32766|max length 32766|immense term)/s,
    );
    assert.equal(error.report.indexed, count - 1);
    return true;
  });
  assert.equal((await whole()).size, count - 1);
});

test('an index that is read-only since the disk is full: said so at once, without trying on', async (t) => {
  const { upload, client, index, proxy } = await scene(t, []);
  await client.indices.putSettings({
    index,
    body: { 'index.blocks.read_only_allow_delete': true },
  });
  const started = Date.now();
  await assert.rejects(upload(), (error) => {
    assert.ok(error instanceof UploadError);
    assert.match(error.message, /disk of OpenSearch is more than 95 % full: free some space/);
    assert.equal(error.report.dropped.length, count);
    return true;
  });
  assert.ok(Date.now() - started < 5000);
  assert.equal(bulkRequests(proxy), 1);
});

test(
  'a server that stays away is given up within the patience asked for, and told so',
  { timeout: 30_000 },
  async (t) => {
    const { upload } = await scene(t, () => 'reset', { patienceMs: 300 });
    const started = Date.now();
    await assert.rejects(upload({ patienceMs: 2000 }), (error) => {
      assert.ok(error instanceof UploadError);
      assert.match(error.message, /did not take 20 photos; 0 of 20/);
      assert.match(error.message, /photos\/000\.jpg, photos\/001\.jpg, photos\/002\.jpg and 17 more: /);
      return true;
    });
    assert.ok(Date.now() - started < 8000, `took ${Date.now() - started} ms`);
  },
);

test('a proxy that takes small requests only (413) gets small ones', async (t) => {
  const headers = { 'content-type': 'text/html' };
  const refusal = { answer: 413, body: '<html>413 Request Entity Too Large</html>', headers };
  const { upload, whole } = await scene(t, (body) => (body.length > 4000 ? refusal : undefined));
  assert.equal((await upload()).indexed, count);
  assert.equal((await whole()).size, count);
});
