import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import assert from 'node:assert/strict';

const root = path.resolve(__dirname, '..');

test('interrupting a cell of a real kernel stops what the cell has started, and the kernel lives on', async () => {
  const cells = [
    `
    import { interruptSignal } from './lib/interrupt';
    let ticks = 0;
    async function work(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        ticks++;
        if (ticks === 5) console.log('working');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }`,
    // As a cell calls uploadPhotos: the signal is asked for before the first `await`.
    'await work(interruptSignal());',
    `
    const before = ticks;
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log(before >= 5 && ticks === before ? 'at rest' : 'still working', interruptSignal().aborted);`,
  ];
  const { stdout } = await promisify(execFile)(
    path.join(root, '.venv', 'bin', 'python'),
    [path.join(__dirname, 'support', 'interrupt-cell.py'), 'tsws', ...cells],
    {
      cwd: root,
      env: { ...process.env, JUPYTER_PATH: path.join(root, 'jupyter') },
      timeout: 60_000,
    },
  );
  const [, interrupted = '', after] = JSON.parse(stdout) as string[];
  assert.match(interrupted, /^working\n/);
  assert.match(interrupted, /Interrupted/);
  assert.equal(after, 'at rest false\n');
});
