import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { mapAhead } from '../lib/embed-photos';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Doubles numbers, the later the quicker, and knows how many are in work. */
function doubler(): {
  double: (n: number) => Promise<number>;
  inWork: () => number;
  most: () => number;
} {
  let [inWork, most] = [0, 0];
  return {
    double: async (n) => {
      most = Math.max(most, ++inWork);
      await pause(20 - n);
      inWork--;
      return 2 * n;
    },
    inWork: () => inWork,
    most: () => most,
  };
}

test('results come in the order of the items, and never more are made than allowed', async () => {
  const { double, most } = doubler();
  const results: number[] = [];
  for await (const result of mapAhead(numbers(20), double, { ahead: 4 })) results.push(result);
  assert.deepEqual(
    results,
    numbers(20).map((n) => 2 * n),
  );
  assert.equal(most(), 4);
});

test('a caller that stops early finds nothing still in work', async () => {
  const { double, inWork } = doubler();
  for await (const result of mapAhead(numbers(20), double, { ahead: 4 })) {
    if (result === 6) break;
  }
  assert.equal(inWork(), 0);
});

test('an error comes out at the place of its item, and leaves nothing in work', async () => {
  const { double, inWork } = doubler();
  const results: number[] = [];
  const work = async () => {
    const fails = (n: number) => (n === 5 ? Promise.reject(new Error('five')) : double(n));
    for await (const result of mapAhead(numbers(20), fails, { ahead: 4 })) results.push(result);
  };
  await assert.rejects(work(), /five/);
  assert.deepEqual(results, [0, 2, 4, 6, 8]);
  assert.equal(inWork(), 0);
});

test('an aborted signal stops it before the first item', async () => {
  const { double, most } = doubler();
  const results = mapAhead(numbers(3), double, { ahead: 2, signal: AbortSignal.abort() });
  await assert.rejects(results.next(), { name: 'AbortError' });
  assert.equal(most(), 0);
});
