import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { downloadFile, type DownloadOptions } from '../download/download-file';
import type { DownloadError } from '../download/error';
import { askedPauseMs } from '../download/pause';
import { startLoopbackHub, type Fault } from './support/loopback-hub';
import { temporaryFolder } from './support/temporary-folder';

interface Outcome {
  notices: string[];
  requests: number;
  ms: number;
}

async function downloadPast(t: TestContext, faults: Fault[], options: DownloadOptions = {}): Promise<Outcome> {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.serve('/f.bin', Buffer.from('all well'));
  hub.fail('f.bin', ...faults);
  const file = path.join(temporaryFolder(t), 'f.bin');
  const notices: string[] = [];
  const beganAt = performance.now();
  await downloadFile(`${hub.url}/f.bin`, file, {
    firstPauseMs: 5,
    onNotice: (sentence) => notices.push(sentence),
    ...options,
  });
  assert.equal(readFileSync(file, 'utf8'), 'all well');
  return { notices, requests: hub.requests.length, ms: performance.now() - beganAt };
}

test('a 429 is waited out for as many seconds as Retry-After says, and the reader is told', async (t) => {
  const { notices, ms } = await downloadPast(t, [{ status: 429, headers: { 'retry-after': '1' } }]);
  assert.ok(ms >= 1000 && ms < 5000, `${ms} ms`);
  assert.match(notices.join(), /HTTP 429 \(too many requests .*Trying again in 1 s\./);
});

for (const status of [408, 429, 500, 502, 503, 504]) {
  test(`HTTP ${status} without a time to wait is tried again after a pause`, async (t) => {
    const { requests } = await downloadPast(t, [{ status }, { status }]);
    assert.equal(requests, 3);
  });
}

test('a server that stays busy is given up after the retries', async (t) => {
  const faults = Array.from({ length: 4 }, () => ({ status: 503 }));
  await assert.rejects(downloadPast(t, faults, { retries: 3 }), (error: DownloadError) => {
    assert.equal(error.problem, 'busy');
    assert.match(error.message, /HTTP 503 \(not ready\)\. Tried 4 times/);
    return true;
  });
});

test('a server that asks for more patience than there is gets none, and the reader is told how long', async (t) => {
  const faults = [{ status: 429, headers: { 'retry-after': '3600' } }];
  const beganAt = performance.now();
  await assert.rejects(downloadPast(t, faults), /asks to wait 60 minutes: run this again after that/);
  assert.ok(performance.now() - beganAt < 5000);
});

test('the time to wait is read from Retry-After in seconds or as a date, else from RateLimit', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const asked = (headers: Record<string, string>) => askedPauseMs(new Headers(headers), now);
  assert.equal(asked({ 'retry-after': '7' }), 7000);
  assert.equal(asked({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }), 60_000);
  assert.equal(asked({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }), 0);
  assert.equal(asked({ ratelimit: '"resolvers";r=0;t=123' }), 123_000);
  assert.equal(asked({ ratelimit: '"resolvers";r=496;t=246' }), undefined, 'not used up');
  assert.equal(asked({ 'retry-after': 'soon' }), undefined);
  assert.equal(asked({}), undefined);
});
