import assert from 'node:assert/strict';
import { test } from 'node:test';
import { step } from '../tools/setup/report.mjs';

test('a step of set-up says every ten seconds that it is still at work, two at once in one line, and nothing once it is done', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => lines.push(text) > 0);
  const ends: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => ends.push(resolve));
  const steps = [step('npm packages', work), step('Python packages', work)];
  t.mock.timers.tick(9_999);
  assert.deepEqual(lines.splice(0), ['  npm packages …\n', '  Python packages …\n']);
  t.mock.timers.tick(1);
  assert.deepEqual(lines.splice(0), ['  npm packages … 10 s, Python packages … 10 s\n']);
  ends[0]?.();
  await steps[0];
  t.mock.timers.tick(10_000);
  assert.deepEqual(lines.splice(0), ['  npm packages: done in 10.0 s\n', '  Python packages … 20 s\n']);
  ends[1]?.();
  await steps[1];
  t.mock.timers.tick(60_000);
  assert.deepEqual(lines.splice(0), ['  Python packages: done in 20.0 s\n']);
});
