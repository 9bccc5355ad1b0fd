import assert from 'node:assert/strict';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock } from '../download/file-lock';
import { temporaryFolder } from './support/temporary-folder';

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
  assert.ok(!existsSync(lock));
});

test('the lock of a process that died is taken over at once', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  writeFileSync(lock, `${os.hostname()} 999999999 1`);
  let waited = false;
  const onWait = () => (waited = true);
  assert.equal(await withFileLock(lock, () => Promise.resolve('mine'), { onWait }), 'mine');
  assert.ok(!waited);
});

test('the lock of another machine is respected as long as its holder touches it', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  writeFileSync(lock, 'another-machine 999999999 1');
  const onWait = () => {
    const longAgo = new Date(Date.now() - 31_000);
    setTimeout(() => {
      utimesSync(lock, longAgo, longAgo);
    }, 300);
  };
  const beganAt = performance.now();
  assert.equal(await withFileLock(lock, () => Promise.resolve('mine'), { onWait }), 'mine');
  assert.ok(performance.now() - beganAt >= 300);
});

test('a wait for the lock can be aborted', async (t) => {
  const lock = path.join(temporaryFolder(t), '.lock');
  writeFileSync(lock, 'another-machine 1 1');
  const waiting = withFileLock(lock, () => Promise.resolve(), { signal: AbortSignal.timeout(50) });
  await assert.rejects(waiting, { name: 'TimeoutError' });
});
