import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { downloadFile } from '../download/download-file';
import { startProcess } from './support/in-process';
import { sha256, startLoopbackHub, type Fault, type LoopbackHub } from './support/loopback-hub';
import { temporaryFolder } from './support/temporary-folder';

const content = randomBytes(1_000_000);
const checked = { sha256: sha256(content), size: content.length };
const quick = { firstPauseMs: 5, stallTimeoutMs: 500 };

/** Ranges that a download asked for while the server did wrong as told; the file is checked. */
const cases: {
  promise: string;
  faults: Fault[];
  options: object;
  /** Of each request: the whole file, or what is missing. */
  asked: ('whole' | 'rest')[];
}[] = [
  {
    promise: 'a cut connection goes on where it stopped, as often as it takes',
    faults: [{ cutAfter: 100_000 }, { cutAfter: 200_000 }, { cutAfter: 300_000 }],
    options: checked,
    asked: ['whole', 'rest', 'rest', 'rest'],
  },
  {
    promise: 'a cut connection goes on where it stopped if only the ETag tells the version',
    faults: [{ cutAfter: 100_000 }],
    options: {},
    asked: ['whole', 'rest'],
  },
  {
    promise: 'a connection that falls silent counts as cut',
    faults: [{ stallAfter: 100_000 }],
    options: checked,
    asked: ['whole', 'rest'],
  },
  {
    promise: 'a server that knows no ranges is asked from the beginning',
    faults: [{ cutAfter: 100_000 }, { ignoreRange: true }],
    options: checked,
    asked: ['whole', 'rest'],
  },
  {
    promise: 'a server that refuses the range is asked from the beginning',
    faults: [{ cutAfter: 100_000 }, { status: 416 }],
    options: checked,
    asked: ['whole', 'rest', 'whole'],
  },
  {
    promise: 'a busy server in the middle of a file is waited out, and the file goes on',
    faults: [{ cutAfter: 100_000 }, { status: 503 }, { status: 429, headers: { 'retry-after': '0' } }],
    options: checked,
    asked: ['whole', 'rest', 'rest', 'rest'],
  },
];

for (const { promise, faults, options, asked } of cases) {
  test(promise, async (t) => {
    const hub = await startLoopbackHub();
    t.after(() => hub.close());
    hub.serve('/f.bin', content);
    hub.fail('f.bin', ...faults);
    const folder = temporaryFolder(t);
    await downloadFile(`${hub.url}/f.bin`, path.join(folder, 'f.bin'), { ...quick, ...options });
    assert.deepEqual(readFileSync(path.join(folder, 'f.bin')), content);
    assert.deepEqual(readdirSync(folder), ['f.bin']);
    assert.deepEqual(ranges(hub), asked);
  });
}

test('a file that changes on the server between the parts is fetched again, not glued together', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.serve('/f.bin', content);
  hub.fail('f.bin', { cutAfter: 100_000 });
  const newer = randomBytes(1_000_000);
  const file = path.join(temporaryFolder(t), 'f.bin');
  const onNotice = () => {
    hub.serve('/f.bin', newer);
  };
  await downloadFile(`${hub.url}/f.bin`, file, { ...quick, onNotice });
  assert.deepEqual(readFileSync(file), newer);
});

test('a connection that is cut at the same place each time is given up, and the next call goes on', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.serve('/f.bin', content);
  const cuts = Array.from({ length: 4 }, () => ({ ignoreRange: true, cutAfter: 100_000 }) as const);
  hub.fail('f.bin', ...cuts);
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'f.bin');
  const options = { ...quick, ...checked, retries: 3 };
  await assert.rejects(
    downloadFile(`${hub.url}/f.bin`, file, options),
    /cut off after \d+ of 1000000 bytes\. Tried 4 times/,
  );
  assert.ok(!readdirSync(folder).includes('f.bin'));
  await downloadFile(`${hub.url}/f.bin`, file, options);
  assert.equal(ranges(hub).at(-1), 'rest');
  assert.deepEqual(readFileSync(file), content);
  assert.deepEqual(readdirSync(folder), ['f.bin']);
});

test('after kill -9 in the middle, the next process goes on and ends right', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.serve('/f.bin', content);
  hub.fail('f.bin', { stallAfter: 400_000 });
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'f.bin');
  const code = `require('@/download/download-file').downloadFile(${JSON.stringify(`${hub.url}/f.bin`)}, ${JSON.stringify(file)})`;
  const { child, ended } = startProcess(code);
  while (partSize(folder) < 400_000) await sleep(20);
  child.kill('SIGKILL');
  assert.equal(await ended, '[SIGKILL]');
  assert.equal(readdirSync(folder).length, 1);
  assert.match(readdirSync(folder)[0] ?? '', /^f\.bin\..*\.part$/);

  await downloadFile(`${hub.url}/f.bin`, file, { ...quick, ...checked });
  assert.deepEqual(readFileSync(file), content);
  assert.deepEqual(readdirSync(folder), ['f.bin']);
  assert.deepEqual(ranges(hub), ['whole', 'rest']);
});

/** What each request asked for; a rest must begin after the one before. */
function ranges(hub: LoopbackHub): ('whole' | 'rest')[] {
  let before = 0;
  return hub.requests.map(({ range }) => {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    assert.ok(range === undefined || start >= before, `${range} after ${before}`);
    before = start;
    return range === undefined ? 'whole' : 'rest';
  });
}

function partSize(folder: string): number {
  const [part] = readdirSync(folder);
  return part === undefined ? 0 : readFileSync(path.join(folder, part)).length;
}
