import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineVectors } from '../further/combinations/combine-vectors';
import { dotProduct } from '../lib/vectors';
import { vectorOf } from './support/fake-clip';

const random = (seed: number, dimension = 512) => vectorOf(new Float32Array([seed]), dimension);
const [a, b, c] = [random(1), random(2), random(3)];

/** The sum of vectors, each with its weight. */
const combine = (...parts: [Float32Array, number][]) =>
  combineVectors(parts.map(([vector, weight]) => ({ vector, weight })));

test('a sum of any weights has length 1, and points where the sum points; more weight brings it nearer', () => {
  for (const [u, v, w] of [
    [1, 1, 1],
    [3, 0.5, -2],
    [0.001, 0.002, 0],
    [1000, -999, 5],
  ] as const) {
    const combined = combine([a, u], [b, v], [c, w]);
    assert.ok(Math.abs(Math.hypot(...combined) - 1) < 1e-6);
    const sum = a.map((value, i) => u * value + v * (b[i] ?? NaN) + w * (c[i] ?? NaN));
    assert.ok(dotProduct(combined, sum) / Math.hypot(...sum) > 0.999999);
  }
  const cosines = [0.2, 0.5, 1, 2, 5].map((weight) => dotProduct(a, combine([a, weight], [b, 1])));
  assert.deepEqual(
    cosines,
    [...cosines].sort((x, y) => x - y),
  );
});

test('a sum of which nothing is left, vectors of different models, and weights that are no numbers are refused', () => {
  const nearly = a.map((value, i) => value + (i === 0 ? 1e-4 : 0));
  for (const other of [a, nearly]) {
    assert.throws(() => combine([a, 2], [other, -2]), /length .* \(weights 2\.00, -2\.00\), so it has no direction/);
  }
  assert.throws(() => combine([a, 0]), /no direction to search in/);
  assert.throws(() => combine(), /weights none/);
  assert.throws(() => combine([a, 1], [random(2, 64), 1]), /512 and 64 numbers/);
  for (const weight of [NaN, Infinity]) assert.throws(() => combine([a, weight]), /A weight is a number/);
});
