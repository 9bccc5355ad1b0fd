import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uploadTable } from '../console/upload-table';
import { sendOperations } from '../lib/opensearch/bulk';
import { openClient, PhotoSearchError, UploadError, type UploadOptions } from '../lib/index';
import { fakeClip, type FakeClip } from './support/fake-clip';
import { type Fault, startFaultyProxy } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { testOpenSearchUrl } from './support/test-opensearch';
import { uploadScene } from './support/upload-scene';

const count = 20;

interface Options {
  photos?: number;
  clip?: FakeClip;
  patienceMs?: number;
  requestTimeoutMs?: number;
}

/** Photos, an empty index, and a proxy in between, whose first, second … bulk request meets these faults. */
async function scene(
  t: TestContext,
  faults: (Fault | undefined)[] | ((body: string) => Fault | undefined),
  { photos = count, clip = fakeClip(), ...patience }: Options = {},
) {
  const { upload, ...straight } = await uploadScene(t, photos, clip);
  const next = typeof faults === 'function' ? faults : () => faults.shift();
  /** Bodies of the bulk requests, and how many photos had been encoded when each came. */
  const [bodies, encoded]: [string[], number[]] = [[], []];
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path, body }) => {
    if (!path.endsWith('/_bulk')) return undefined;
    bodies.push(body);
    encoded.push(clip.encoded);
    return next(body);
  });
  const through = await testClient({ url: proxy.url, patienceMs: 20_000, ...patience });
  /** Notes of the progress line, as the reader sees them. */
  const notes: string[] = [];
  const update = (_: number, note?: string) => {
    if (note !== undefined) notes.push(note);
  };
  /** Through the proxy. */
  const run = (options: Partial<UploadOptions> = {}) =>
    upload({ progress: { ...silentProgress, update }, ...options }, through);
  /** What an upload fails with. */
  const failure = async (options: Partial<UploadOptions> = {}): Promise<UploadError> => {
    const error: unknown = await run(options).catch((reason: unknown) => reason);
    assert.ok(error instanceof UploadError, String(error));
    return error;
  };
  return { ...straight, through, bodies, encoded, notes, upload: run, failure };
}

describe('an upload whose requests fail', { concurrency: true }, () => {
  const busy = '{"error":{"type":"rejected_execution_exception","reason":"queue"},"status":429}';
  const passing: [string, Fault, Options?][] = [
    ['429 for the whole request', { answer: 429, body: busy }],
    ['a connection that is reset', 'reset'],
    ['an answer that is cut', 'cut answer'],
    ['a time-out', 'no answer', { requestTimeoutMs: 2000 }],
  ];
  for (const [name, fault, options] of passing) {
    test(`${name} is waited out, and every photo arrives once`, { timeout: 30_000 }, async (t) => {
      const { upload, whole, bodies, clip } = await scene(t, [fault, fault], options);
      const report = await upload();
      assert.deepEqual([report.indexed, report.dropped], [count, []]);
      assert.equal((await whole()).size, count);
      assert.equal(bodies.length, 3);
      assert.equal(clip.encoded, count);
    });
  }

  test('photos that are turned away with 429 one by one are sent again, and no others', async (t) => {
    const busy = new Set(['003.jpg', '004.jpg', '019.jpg']);
    const still = new Set(['004.jpg']);
    const { upload, whole, bodies, notes } = await scene(t, [{ busyIds: busy }, { busyIds: still }]);
    const report = await upload();
    assert.deepEqual([report.indexed, report.dropped], [count, []]);
    assert.equal((await whole()).size, count);
    const ids = bodies.map((body) => [...body.matchAll(/^\{"index":\{"_id":"(.*)"\}\}$/gm)].map(([, id]) => id));
    assert.deepEqual(ids.slice(1), [[...busy], [...still]]);
    assert.match(
      notes.find((note) => note.includes('wait')) ?? '',
      /^3 of 20 photos wait \d\.\d s, at most 60 s in all: 429 rejected_execution_exception: .*queue is full/,
    );
  });

  test('what stays refused is named with the server’s reason, the rest is in, and the next run tries it again', async (t) => {
    let busyIds = new Set(['005.jpg', '011.jpg']);
    const { upload, failure, whole, clip } = await scene(t, () => ({ busyIds }));
    const { message, report } = await failure({ patienceMs: 1000 });
    assert.match(message, /^OpenSearch did not take 2 photos; 18 of 20 photos are in index 'test-.*'\. Run it again/);
    assert.match(
      message,
      /photos\/005\.jpg, photos\/011\.jpg: 429 rejected_execution_exception: rejected execution .*queue is full/,
    );
    const dropped = report.dropped.map(({ imageUrl }) => imageUrl);
    assert.deepEqual(dropped, ['photos/005.jpg', 'photos/011.jpg']);
    assert.match(uploadTable(report), /indexed +18\n.*unchanged +0\n.*dropped +2\n/s);
    assert.equal((await whole()).size, 18);
    busyIds = new Set();
    clip.encoded = 0;
    const again = await upload();
    assert.deepEqual([again.indexed, again.unchanged, clip.encoded], [2, 18, 2]);
  });

  test('a document that OpenSearch can’t take is named with its deepest reason, and stops no other', async (t) => {
    const { failure, whole, photosDir } = await scene(t, []);
    const credits = { '007.jpg': { licence: 'x'.repeat(40_000) } };
    writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify(credits));
    const { message, report } = await failure();
    const says = /photos\/007\.jpg: 400 \w+_exception: .*(bytes can be at most 32766|max length 32766|immense term)/s;
    assert.match(message, says);
    assert.equal(report.indexed, count - 1);
    assert.equal((await whole()).size, count - 1);
  });

  test('an index that is read-only since the disk is full: said so at once, without trying on', async (t) => {
    const { failure, client, index, bodies } = await scene(t, []);
    await client.indices.putSettings({ index, body: { 'index.blocks.read_only_allow_delete': true } });
    const started = Date.now();
    const { message, report } = await failure();
    assert.match(message, /OpenSearch's disk is more than 95 % full: free some space/);
    assert.equal(report.dropped.length, count);
    assert.ok(Date.now() - started < 5000);
    assert.equal(bodies.length, 1);
  });

  test('a server that stays away is given up within the patience asked for, and the reader is told', async (t) => {
    const { failure } = await scene(t, () => 'reset', { patienceMs: 300 });
    const started = Date.now();
    const { message } = await failure({ patienceMs: 2000 });
    assert.match(message, /did not take 20 photos; 0 of 20/);
    assert.match(message, /photos\/000\.jpg, photos\/001\.jpg, photos\/002\.jpg and 17 more: /);
    assert.ok(Date.now() - started < 8000, `took ${Date.now() - started} ms`);
  });

  test('a proxy that takes small requests only (413) gets small ones', async (t) => {
    const headers = { 'content-type': 'text/html' };
    const refusal = { answer: 413, body: '<html>413 Request Entity Too Large</html>', headers };
    const { upload, whole } = await scene(t, (body) => (body.length > 4000 ? refusal : undefined));
    assert.equal((await upload()).indexed, count);
    assert.equal((await whole()).size, count);
  });

  test('a photo that is too large for a proxy by itself stops no other', async (t) => {
    // Slowly encoded: what comes after it is another request.
    const faults = (body: string) => (body.includes('004.jpg') ? { answer: 413 } : undefined);
    const { failure, whole } = await scene(t, faults, { clip: fakeClip({ pauseMs: 1100 }) });
    const { report } = await failure();
    assert.deepEqual([report.indexed, report.dropped.length], [count - 1, 1]);
    assert.match(report.dropped[0]?.imageUrl ?? '', /004\.jpg$/);
    assert.equal((await whole()).size, count - 1);
  });

  test('a page in place of an answer counts as no photo taken, and is reported in a sentence', async (t) => {
    const page = { answer: 200, body: '<html>Log in</html>', headers: { 'content-type': 'text/html' } };
    const { failure } = await scene(t, [page]);
    const { report } = await failure();
    assert.deepEqual([report.indexed, report.dropped.length], [0, count]);
    assert.match(report.dropped[0]?.reason ?? '', /^the answer is not from OpenSearch$/);
  });
});

test('an index that takes nothing, or a page in place of each answer, is given up with two requests under way, and what they held is named', async (t) => {
  const page = { answer: 200, body: '<html>Log in</html>', headers: { 'content-type': 'text/html' } };
  for (const fault of [undefined, page]) {
    // A document of 100 kB: 21 in a request.
    const clip = fakeClip({ dimension: 8000 });
    const { client, index, bodies, failure } = await scene(t, () => fault, { clip, photos: 120 });
    if (!fault) await client.indices.putSettings({ index, body: { index: { blocks: { write: true } } } });
    const { report } = await failure();
    assert.ok(bodies.length <= 3 && clip.encoded < 120, `${bodies.length} requests, ${clip.encoded} encoded`);
    assert.equal(report.dropped.length, bodies.join('').split('\n').length >> 1);
  }
});

test('where a request was split and a part of it is interrupted, the outcome of earlier parts is told, and no later one is sent', async (t) => {
  const stop = new AbortController();
  const faults = (body: string): Fault | undefined => {
    if (body.split('\n').length > 3) return { answer: 413 };
    if (!body.includes('"b"')) return undefined;
    stop.abort();
    return 'no answer';
  };
  const { index, through, bodies } = await scene(t, faults, { photos: 0 });
  const operations = ['a', 'b', 'c', 'd'].map((id) => ({ id, document: '{}' }));
  const outcomes = [];
  const sending = { index, patienceMs: 1000, signal: stop.signal };
  for await (const { taken, gaveUp } of sendOperations(through, operations, sending)) {
    outcomes.push({ taken: taken.map(({ id }) => id), gaveUp });
  }
  assert.deepEqual(outcomes, [{ taken: ['a'], gaveUp: true }]);
  assert.deepEqual(
    bodies.map((body) => body.match(/"[a-d]"/g)?.join('')),
    ['"a""b""c""d"', '"a""b"', '"a"', '"b"'],
  );
});

test('what waits to be sent when an upload is interrupted is sent once the request under way is answered', async (t) => {
  const { client, index, whole } = await uploadScene(t, 0);
  const stop = new AbortController();
  const bulk = client.bulk.bind(client);
  t.mock.method(client, 'bulk', async (params: Parameters<typeof bulk>[0]) => {
    const answer = await bulk(params);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    return answer;
  });
  const operations = function* () {
    yield { id: 'a', document: JSON.stringify({ title: 'x '.repeat(3e5) }) };
    yield { id: 'b', document: '{}' };
    stop.abort();
    stop.signal.throwIfAborted();
  };
  const send = async () => {
    const sending = { index, patienceMs: 1000, signal: stop.signal };
    for await (const { refused } of sendOperations(client, operations(), sending)) assert.deepEqual(refused, []);
  };
  await assert.rejects(send(), { name: 'AbortError' });
  assert.deepEqual([...(await whole()).keys()].sort(), ['a', 'b']);
});

test('what an answer does not mention counts as not taken', async (t) => {
  const { failure } = await scene(t, [{ answer: 200, body: '{"took":0,"errors":false,"items":[]}' }], { photos: 2 });
  const { report } = await failure();
  assert.deepEqual([report.indexed, report.dropped.length], [0, 2]);
  assert.match(report.dropped[0]?.reason ?? '', /^the answer does not mention it$/);
});

test('what became of a request is reported as soon as it is answered, though nothing else is sent', async (t) => {
  const { client, index } = await uploadScene(t, 0);
  let ended = false;
  async function* operations() {
    yield { id: 'a', document: JSON.stringify({ title: 'x '.repeat(1e6) }) };
    for (let i = 0; i < 200; i++) {
      await sleep(50);
      yield undefined;
    }
    ended = true;
  }
  const sending = { index, patienceMs: 1000, signal: new AbortController().signal };
  for await (const { taken } of sendOperations(client, operations(), sending)) {
    assert.equal(taken.length, 1);
    assert.ok(!ended, 'told at the end only');
    break;
  }
});

test('with a plain client too, 429 to any request of an upload is waited out', { timeout: 60_000 }, async (t) => {
  const { clip, photosDir, upload, whole } = await uploadScene(t, 5);
  const refused = new Set<string>();
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ method, path }) => {
    const request = `${method} ${path}`;
    if (refused.has(request)) return undefined;
    refused.add(request);
    return { answer: 429, body: '{"error":{"type":"rejected_execution_exception","reason":"queue"},"status":429}' };
  });
  const plain = openClient(proxy.url);
  assert.equal((await upload({}, plain)).indexed, 5);
  renameSync(path.join(photosDir, '003.jpg'), path.join(photosDir, 'renamed.jpg'));
  refused.clear();
  assert.equal((await upload({}, plain)).moved, 1);
  assert.deepEqual([(await whole()).size, clip.encoded], [5, 5]);
  const paths = [...refused].map((request) => request.replace(/\/test-upload-[^/]*/, ''));
  for (const path of ['GET ', 'GET /_refresh', 'POST /_search', 'PUT /_bulk', 'GET /_doc/003.jpg']) {
    assert.ok(paths.includes(path), `${path} of ${paths.join()}`);
  }
});

test('the progress line of an upload that fails before or after its photos ends', async (t) => {
  const { index, client, upload } = await uploadScene(t, 3);
  const summaries: (string | undefined)[] = [];
  const progress = { ...silentProgress, finish: (summary?: string) => summaries.push(summary) };
  await assert.rejects(upload({ index: `${index}-not-there`, progress }), /There is no index/);
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path }) =>
    path.endsWith('/_search') && bulk ? { answer: 500, body: '{}' } : void (bulk ||= path.endsWith('/_bulk')),
  );
  let bulk = false;
  await assert.rejects(upload({ progress }, await testClient({ url: proxy.url })), /500/);
  assert.deepEqual(summaries, ['stopped by an error', 'stopped by an error']);
  assert.equal((await client.count({ index })).body.count, 3);
});

test('a removal that is refused is named as such, not as a photo that was not taken', async (t) => {
  let busyIds = new Set<string>();
  const { photosDir, upload, failure } = await scene(t, () => ({ busyIds }), { photos: 5 });
  await upload();
  rmSync(path.join(photosDir, '003.jpg'));
  busyIds = new Set(['003.jpg']);
  const { message, report } = await failure({ removeMissing: true, patienceMs: 500 });
  assert.match(message, /^OpenSearch did not remove 1 photo; 4 of 4 photos are in index/);
  assert.match(message, /\n {2}photos\/003\.jpg: can't be removed: 429 rejected_execution_exception/);
  assert.equal(report.removed, 0);
});

test('removals count towards the length of a request, too', async (t) => {
  const { index, through, bodies } = await scene(t, [], { photos: 0 });
  const removals = Array.from({ length: 5000 }, (_, i) => ({ id: `${'x'.repeat(490)}${i}` }));
  const sending = { index, patienceMs: 1000, signal: new AbortController().signal };
  let taken = 0;
  for await (const outcome of sendOperations(through, removals, sending)) taken += outcome.taken.length;
  assert.equal(taken, 5000);
  assert.ok(Math.max(...bodies.map(({ length }) => length)) < 2.2e6, `${bodies.length} requests`);
});

test('a photo whose address other documents have too is found, wherever a page of the listing ends', async (t) => {
  const { client, index, upload } = await uploadScene(t, 25);
  // The pages are as small as the index allows.
  await client.indices.putSettings({ index, body: { index: { max_result_window: 10 } } });
  const image_url = 'photos/005.jpg';
  for (let i = 0; i < 12; i++) await client.index({ index, id: `another ${i}`, body: { image_url } });
  assert.equal((await upload()).indexed, 25);
  assert.equal((await upload()).unchanged, 25);
});

test('a photo waits little more than a second to be sent: a killed process loses little', async (t) => {
  const { upload, whole, encoded } = await scene(t, [], { clip: fakeClip({ pauseMs: 400 }), photos: 64 });
  await upload();
  assert.equal((await whole()).size, 64);
  // Eight batches of 0.4 s: a request about every third.
  const [first = NaN] = encoded;
  assert.ok(first <= 48, `the first after ${first} photos`); // 24 where the machine is quiet
  assert.ok(encoded.length >= 2, `${encoded.length} requests`);
});

test('a request is sent when it has 2 MB, however few its photos; a server that is slower than the model holds it back: no more than three requests’ worth is in memory', async (t) => {
  // A document of 100 kB: 21 in a request.
  const clip = fakeClip({ dimension: 8000 });
  const { upload, whole, bodies, encoded } = await scene(t, ['no answer'], {
    clip,
    photos: 120,
    requestTimeoutMs: 5000,
  });
  await upload();
  assert.equal((await whole()).size, 120);
  const longest = Math.max(...bodies.map(({ length }) => length));
  assert.ok(bodies.length >= 6 && longest < 2.2e6, `${bodies.length} requests, of up to ${longest} characters`);
  // For 5 s the first request had no answer: it comes again before a third. The next 21 photos wait, and a batch.
  assert.equal(bodies[2]?.length, bodies[0]?.length, 'no third request meanwhile');
  assert.ok((encoded[2] ?? NaN) <= 3 * 21 + 2 * 8, `${encoded[2]} were encoded`);
});

test('interrupted, an upload stops at once, keeps what has a vector, says how far it came, and goes on later, though no search would find that yet', async (t) => {
  const { client, clip, index, upload, whole } = await uploadScene(t, 80, fakeClip({ pauseMs: 100 }));
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
  assert.ok(encoded < 80, 'it stopped half-way');
  const told = new RegExp(`^Interrupted: ${encoded} of 80 photos are in index 'test-.*'\\. Run it again`);
  assert.match(error.message, told);
  assert.match(summaries.join(), new RegExp(`^interrupted, ${encoded} of 80 photos .*run it again`));
  await sleep(500);
  assert.equal(clip.encoded, encoded, 'nothing goes on behind the cell’s back');

  const report = await upload();
  assert.deepEqual([report.unchanged, report.indexed], [encoded, 80 - encoded]);
  assert.equal(clip.encoded, 80);
  assert.equal((await whole()).size, 80);
});

const waits: [what: string, fault: Fault, says: RegExp, mostMs: number, there: number, at?: string][] = [
  // The server had got them all the same; the next run sees that.
  ['a silent server', 'no answer', /^PhotoSearchError: Interrupted: no photo is known to be in index/, 5000, 10],
  ['a busy server', { busyIds: new Set(['004.jpg']) }, /^PhotoSearchError: Interrupted: 9 of 10 photos/, 2000, 9],
  ['a silent comparison', 'no answer', /Interrupted: 10 of 10 photos.* Run it again to continue/, 2000, 10, '/_search'],
];
for (const [what, fault, says, mostMs, there, at = '/_bulk'] of waits) {
  test(`an upload that waits for ${what} is interrupted at once`, { timeout: 20_000 }, async (t) => {
    const { upload } = await uploadScene(t, 10);
    const stop = new AbortController();
    let stoppedAt = 0;
    const interrupt = () => {
      stoppedAt = Date.now();
      stop.abort();
    };
    let isSent = false;
    const proxy = await startFaultyProxy(await testOpenSearchUrl(), ({ path }) => {
      isSent ||= path.endsWith('/_bulk');
      if (!isSent || !path.endsWith(at)) return undefined;
      if (fault === 'no answer') interrupt();
      return fault;
    });
    const update = (_: number, note?: string) => {
      if (note?.includes('wait')) interrupt();
    };
    const options = { signal: stop.signal, progress: { ...silentProgress, update } };
    await assert.rejects(upload(options, await testClient({ url: proxy.url })), says);
    assert.ok(Date.now() - stoppedAt < mostMs, `took ${Date.now() - stoppedAt} ms`);
    assert.equal((await upload()).unchanged, there);
  });
}
