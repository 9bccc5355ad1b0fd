import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineVectors } from '../further/combinations/combine-vectors';
import { vectorOf } from './support/fake-clip';

const length = (vector: Float32Array) => Math.hypot(...vector);
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const random = (seed: number, dimension = 512) => vectorOf(new Float32Array([seed]), dimension);

test('a sum of any weights has length 1, and points where the sum points', () => {
  for (const [a, b, c] of [
    [1, 1, 1],
    [3, 0.5, -2],
    [0.001, 0.002, 0],
    [1000, -999, 5],
  ] as const) {
    const parts = [a, b, c].map((weight, i) => ({ weight, vector: random(i) }));
    const combined = combineVectors(parts);
    assert.ok(Math.abs(length(combined) - 1) < 1e-6);
    const sum = combined.map((_, i) =>
      parts.reduce((total, { weight, vector }) => total + weight * (vector[i] ?? NaN), 0),
    );
    assert.ok(dot(combined, sum) / length(sum) > 0.999999);
  }
});

test('more weight brings the sum nearer', () => {
  const [a, b] = [random(1), random(2)];
  const cosines = [0.2, 0.5, 1, 2, 5].map((weight) =>
    dot(
      a,
      combineVectors([
        { vector: a, weight },
        { vector: b, weight: 1 },
      ]),
    ),
  );
  assert.deepEqual(
    cosines,
    [...cosines].sort((x, y) => x - y),
  );
});

test('a sum of which nothing is left is an error that says so, with its weights', () => {
  const vector = random(1);
  const nearly = vector.map((value, i) => value + (i === 0 ? 1e-4 : 0));
  for (const other of [vector, nearly]) {
    assert.throws(
      () =>
        combineVectors([
          { vector, weight: 2 },
          { vector: other, weight: -2 },
        ]),
      /length .* \(weights 2\.00, -2\.00\), so that no direction is left/,
    );
  }
  assert.throws(() => combineVectors([{ vector, weight: 0 }]), /no direction is left/);
  assert.throws(() => combineVectors([]), /weights none/);
});

test('vectors of different models, and weights that are no numbers, are refused', () => {
  const vector = random(1);
  assert.throws(
    () =>
      combineVectors([
        { vector, weight: 1 },
        { vector: random(2, 64), weight: 1 },
      ]),
    /512 and 64 numbers/,
  );
  for (const weight of [NaN, Infinity]) {
    assert.throws(() => combineVectors([{ vector, weight }]), /A weight is a number/);
  }
});
