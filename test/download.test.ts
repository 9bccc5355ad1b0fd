import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DownloadOptions } from '../download/fetch-rest';
import { downloadFile } from '../download/download-file';
import { DownloadError, explainDiskError, explainNetworkError } from '../download/error';
import { withFileLock } from '../download/file-lock';
import { askedPauseMs } from '../download/pause';
import { asOrdinaryUser } from './support/as-ordinary-user';
import { type Fault, type LoopbackHub, sha256, startLoopbackHub } from './support/loopback-hub';
import { temporaryFolder } from './support/temporary-folder';

const content = randomBytes(1_000_000);
const checked = { sha256: sha256(content), size: content.length };

/** A server that meets these faults, one a request. */
async function setScene(t: TestContext, ...faults: Fault[]) {
  const hub = await startLoopbackHub();
  hub.serve('/dir/f.bin', content);
  hub.fail('f.bin', ...faults);
  const file = path.join(temporaryFolder(t), 'below', 'f.bin');
  const notices: string[] = [];
  const quick = { firstPauseMs: 5, stallTimeoutMs: 500, onNotice: (sentence: string) => notices.push(sentence) };
  return {
    ...{ hub, file, notices },
    download: (options: DownloadOptions = {}) =>
      downloadFile(`${hub.url}/dir/f.bin?signature=query-secret`, file, { ...quick, ...options }),
    /** Names of the files beside the one that is downloaded, and of that. */
    left: () => (fs.existsSync(path.dirname(file)) ? fs.readdirSync(path.dirname(file)) : []),
  };
}

/** What each request asked for: the whole file, or what is missing, which must begin after the one before. */
function ranges(hub: LoopbackHub): ('whole' | 'rest')[] {
  let before = 0;
  return hub.requests.map(({ range }) => {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    assert.ok(range === undefined || start >= before, `${range} after ${before}`);
    before = start;
    return range === undefined ? 'whole' : 'rest';
  });
}

test('a file arrives whole, with its size and hash, and nothing beside it', async (t) => {
  const { download, file, left } = await setScene(t);
  const steps: [number, number | undefined][] = [];
  const arrived = await download({ onProgress: (done, total) => steps.push([done, total]) });
  assert.deepEqual(arrived, { size: content.length, sha256: sha256(content) });
  assert.deepEqual(fs.readFileSync(file), content);
  assert.deepEqual(left(), ['f.bin']);
  assert.deepEqual(steps.at(-1), [content.length, content.length]);
});

const cuts = { cutAfter: 100_000 };
const early: Fault = { truncateTo: 1000, length: 'unknown' };
const damaged = { body: randomBytes(content.length) };
const passing: [what: string, faults: Fault[], asked: string, options?: DownloadOptions][] = [
  ['a cut connection goes on where it stopped', [cuts, { cutAfter: 200_000 }, cuts], 'whole rest rest rest'],
  ['… if only the ETag tells the version', [cuts], 'whole rest', {}],
  ['a connection that falls silent counts as cut', [{ stallAfter: 100_000 }], 'whole rest'],
  ['a server that knows no ranges is asked from the beginning', [cuts, { ignoreRange: true }], 'whole rest'],
  ['… and one that refuses the range', [cuts, { status: 416 }], 'whole rest whole'],
  ['a busy server in the middle of a file is waited out', [cuts, { status: 503 }], 'whole rest rest'],
  ['wrong bytes are thrown away', [damaged], 'whole whole', { sha256: checked.sha256 }],
  ['a body that ends early without its length is noticed', [early], 'whole rest', { size: content.length }],
  ...[408, 429, 500, 502, 503, 504].map((status): [string, Fault[], string] => {
    return [`HTTP ${status} is waited out`, [{ status }, { status }], 'whole whole whole'];
  }),
];
for (const [what, faults, asked, options = checked] of passing) {
  test(`${what}, and the file arrives whole`, async (t) => {
    const { hub, download, file, left } = await setScene(t, ...faults);
    await download(options);
    assert.deepEqual(fs.readFileSync(file), content);
    assert.deepEqual(left(), ['f.bin']);
    assert.equal(ranges(hub).join(' '), asked);
  });
}

test('a 429 is waited out for as many seconds as Retry-After says, and the reader is told', async (t) => {
  const { download, notices } = await setScene(t, { status: 429, headers: { 'retry-after': '1' } });
  const beganAt = performance.now();
  await download();
  const ms = performance.now() - beganAt;
  assert.ok(ms >= 1000 && ms < 5000, `${ms} ms`);
  assert.match(notices.join(), /HTTP 429 \(too many requests .*Trying again in 1\.0 s\./);
});

test('the time to wait is read from Retry-After in seconds or as a date, else from RateLimit', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
  const asked = (headers: Record<string, string>) => askedPauseMs(new Headers(headers));
  assert.equal(asked({ 'retry-after': '7' }), 7000);
  assert.equal(asked({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }), 60_000);
  assert.equal(asked({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }), 0);
  assert.equal(asked({ ratelimit: '"resolvers";r=0;t=123' }), 123_000);
  assert.equal(asked({ ratelimit: '"resolvers";r=496;t=246' }), undefined, 'not used up');
  assert.equal(asked({ 'retry-after': 'soon' }), undefined);
  assert.equal(asked({}), undefined);
});

const wrong = { body: randomBytes(1000) };
const anHour = { status: 429, headers: { 'retry-after': '3600' } };
const secret = { authorization: 'Bearer token-secret' };
const hashes = new RegExp(`is damaged.*${checked.sha256}.*${sha256(wrong.body)}`);
const tooBusy = Array<Fault>(4).fill({ status: 503 });
const failing: [what: string, faults: Fault[], options: DownloadOptions, says: RegExp, requests: number][] = [
  ['missing: HTTP 404', [{ status: 404 }], { headers: secret }, /dir\/f.bin.*HTTP 404/, 1],
  ['refused: HTTP 401', [{ status: 401 }], { headers: secret }, /dir\/f.bin.*HTTP 401/, 1],
  ['refused: HTTP 403', [{ status: 403 }], { headers: secret }, /dir\/f.bin.*HTTP 403/, 1],
  ['busy: more patience is asked for than there is', [anHour], {}, /asks to wait 60 min: run this again after/, 1],
  ['busy: it stays so', tooBusy, { retries: 3 }, /HTTP 503 \(not ready\)\. Tried 4 times/, 4],
  ['wrong: bytes that stay so', [wrong, wrong, wrong], { sha256: checked.sha256 }, hashes, 3],
  ['wrong: another size than expected', [], { size: 12_345 }, /expected 12345 bytes, offered 1000000/, 3],
  ['disk: too little is free', [], { size: 1e15 }, /needs 1000000000000000 bytes .* are free/, 0],
];
for (const [what, faults, options, says, requests] of failing) {
  test(`an error after ${requests} requests, ${what}; no secret is shown, nothing is left, and an earlier file stays`, async (t) => {
    const { hub, download, file, left } = await setScene(t);
    const before = 'an earlier file';
    await download();
    fs.writeFileSync(file, before);
    hub.requests.length = 0;
    hub.fail('f.bin', ...faults);
    await assert.rejects(download(options), (error: DownloadError) => {
      assert.equal(error.problem, what.split(':')[0]);
      assert.match(error.message, says);
      assert.doesNotMatch(`${error.message} ${error.stack ?? ''}`, /secret/);
      return true;
    });
    assert.equal(hub.requests.length, requests);
    assert.deepEqual(left(), ['f.bin']);
    assert.equal(fs.readFileSync(file, 'utf8'), before);
  });
}

test('a connection that is cut at the same place each time is given up, and the next call goes on', async (t) => {
  const { hub, download, file, left } = await setScene(t, ...Array<Fault>(4).fill({ ignoreRange: true, ...cuts }));
  await assert.rejects(download({ ...checked, retries: 3 }), /cut off after \d+ of 1000000 bytes\. Tried 4 times/);
  assert.ok(!left().includes('f.bin'));
  await download(checked);
  assert.equal(ranges(hub).at(-1), 'rest');
  assert.deepEqual(fs.readFileSync(file), content);
  assert.deepEqual(left(), ['f.bin']);
});

test('a file that changes on the server between the parts is fetched again, not glued together', async (t) => {
  const { hub, download, file } = await setScene(t, cuts);
  const newer = randomBytes(1_000_000);
  const onNotice = () => hub.serve('/dir/f.bin', newer);
  await download({ onNotice });
  assert.deepEqual(fs.readFileSync(file), newer);
});

test('a server that is not there is tried three times, then named', async (t) => {
  const { hub, download, notices, left } = await setScene(t);
  await hub.close();
  const message = /127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Tried 3 times\. Check the network/;
  await assert.rejects(download(), { message });
  assert.equal(notices.length, 2);
  assert.deepEqual(left(), []);
});

test('behind a proxy that Node does not heed, the message says how to have it heeded', (t) => {
  const { env } = process;
  t.after(() => (process.env = env));
  const error = Object.assign(new Error(), { code: 'ETIMEDOUT' });
  const message = (heeded?: '1') => {
    process.env = { ...env, HTTPS_PROXY: 'http://user:secret@proxy:3128', NODE_USE_ENV_PROXY: heeded };
    return explainNetworkError('https://hub.example/x', error).message;
  };
  const told = /^hub\.example cannot be reached \(ETIMEDOUT\)\. HTTPS_PROXY is set, but .*NODE_USE_ENV_PROXY=1/;
  assert.match(message(), told);
  assert.doesNotMatch(message(), /secret/);
  assert.doesNotMatch(message('1'), /PROXY/);
});

test('redirects are followed; a token stays with the server it was meant for, and does not come back by way of another', async (t) => {
  const { hub, download, file } = await setScene(t);
  const store = await startLoopbackHub();
  const to = (location: string) => ({ status: 302, headers: { location } });
  hub.fail('f.bin', to('/dir/second'));
  hub.fail('second', to(`${store.url}/away?signed`));
  store.fail('away', { ...to(`${hub.url}/dir/back`), status: 307 });
  hub.serve('/dir/back', content);
  await download({ headers: { ...secret, 'x-key': 'secret' } });
  const { authorization } = secret;
  const found = [...hub.requests, ...store.requests].map((request) => request.authorization);
  assert.deepEqual(found, [authorization, authorization, undefined, undefined]);
  assert.deepEqual(fs.readFileSync(file), content);
});

test('user and password of an address are sent, but not shown in any error', async (t) => {
  const { hub, file } = await setScene(t, { status: 403 });
  await assert.rejects(downloadFile(hub.url.replace('//', '//me:p%40ss@') + '/dir/f.bin', file), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${error.stack ?? ''}`, /me:|p%40ss|p@ss/);
    return true;
  });
  const sent = Buffer.from(hub.requests[0]?.authorization?.slice(6) ?? '', 'base64');
  assert.equal(sent.toString(), 'me:p@ss');
});

test('an abort stops at once and throws its reason; the next call goes on with what arrived, if its hash is known', async (t) => {
  const { hub, download, file, left } = await setScene(t, { stallAfter: 20_000 }, { stallAfter: 20_000 });
  const reason = new Error('stopped by the reader');
  const aborted = async (expected: DownloadOptions) => {
    const stop = new AbortController();
    const onProgress = (done: number) => {
      if (done >= 20_000) stop.abort(reason);
    };
    const options = { ...expected, signal: stop.signal, stallTimeoutMs: 60_000, onProgress };
    await assert.rejects(download(options), (error) => error === reason);
  };
  await aborted({});
  assert.deepEqual(left(), []);
  await aborted(checked);
  await download(checked);
  assert.equal(ranges(hub).join(' '), 'whole whole rest');
  assert.deepEqual(fs.readFileSync(file), content);
  assert.deepEqual(left(), ['f.bin']);
});

const skip = !fs.existsSync('/dev/full') && 'needs /dev/full';
test('a disk that fills up on the way is explained with the bytes needed', { skip }, (t) => {
  const full = fs.openSync('/dev/full', 'w');
  t.after(() => fs.closeSync(full));
  let failure: unknown;
  try {
    fs.writeSync(full, 'x');
  } catch (error) {
    failure = error;
  }
  const explained = explainDiskError('f.onnx', failure, 351_685_709);
  assert.ok(explained instanceof DownloadError);
  assert.match(explained.message, /disk is full: f\.onnx .* needs 351685709 bytes \(352 MB\)/);
});

test('parts that dead processes left are cleared away, those of living ones stay', async (t) => {
  const { download, file, left } = await setScene(t);
  await download();
  const host = os.hostname().replace(/[^\w-]/g, '_');
  const dead = `f.bin.${host}-999999999-00000000.part`;
  const alive = `f.bin.${host}-${process.ppid}-00000000.part`;
  const foreign = 'f.bin.another-machine-999999999-00000000.part';
  for (const name of [dead, alive, foreign]) fs.writeFileSync(path.join(path.dirname(file), name), 'beginning');
  await download();
  assert.deepEqual(left().sort(), ['f.bin', alive, foreign].sort());
});

test('of many at once one works at a time, and each gets its turn', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  let working = 0;
  const results = await Promise.all(
    [1, 2, 3].map((number) =>
      withFileLock(lock, async () => {
        assert.equal(++working, 1);
        await sleep(30);
        working--;
        return number;
      }),
    ),
  );
  assert.deepEqual(results, [1, 2, 3]);
  assert.ok(!fs.existsSync(lock));
});

test('the lock of a process that died is taken over at once', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  fs.writeFileSync(lock, `${os.hostname()} 999999999 1`);
  let waited = false;
  const onWait = () => (waited = true);
  assert.equal(await withFileLock(lock, () => Promise.resolve('mine'), { onWait }), 'mine');
  assert.ok(!waited);
});

test('the lock of another machine is respected as long as its holder touches it', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  fs.writeFileSync(lock, 'another-machine 999999999 1');
  const onWait = () => {
    const longAgo = new Date(Date.now() - 31_000);
    setTimeout(() => fs.utimesSync(lock, longAgo, longAgo), 300);
  };
  const beganAt = performance.now();
  assert.equal(await withFileLock(lock, () => Promise.resolve('mine'), { onWait }), 'mine');
  assert.ok(performance.now() - beganAt >= 300);
});

test('a wait for the lock can be aborted, and a lock that can’t be written is explained', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  fs.writeFileSync(lock, 'another-machine 1 1');
  const waiting = withFileLock(lock, () => Promise.resolve(), { signal: AbortSignal.timeout(50) });
  await assert.rejects(waiting, { name: 'TimeoutError' });
  const locked = path.join(temporaryFolder(t), 'locked');
  fs.mkdirSync(locked, { mode: 0o500 });
  await asOrdinaryUser(async () => {
    const message = /\.lock could not be written \(EACCES\): check the permissions of its folder/;
    const taking = withFileLock(path.join(locked, '.lock'), () => Promise.resolve());
    await assert.rejects(taking, { message });
  });
});
