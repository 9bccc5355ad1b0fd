import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { combineVectors } from '../further/combinations/combine-vectors';
import { dotProduct } from '../further/dot-product';
import { float32Json, normalise, readableVector } from '../lib/vectors';
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
  const ascending = [...cosines].sort((x, y) => x - y);
  assert.deepEqual(cosines, ascending);
});

test('a sum that cancels out, vectors of different models, and weights that are not numbers are refused', () => {
  const nearly = a.map((value, i) => value + (i === 0 ? 1e-4 : 0));
  for (const other of [a, nearly]) {
    assert.throws(() => combine([a, 2], [other, -2]), /length .* \(weights 2\.00, -2\.00\), so it has no direction/);
  }
  assert.throws(() => combine([a, 0]), /no direction to search in/);
  assert.throws(() => combine(), /weights none/);
  assert.throws(() => combine([a, 1], [random(2, 64), 1]), /512 and 64 numbers/);
  for (const weight of [NaN, Infinity]) assert.throws(() => combine([a, weight]), /A weight is a number/);
});

function assertComesBack(values: Float32Array): void {
  const read = Float32Array.from(JSON.parse(float32Json(values)) as number[]);
  const wrong = values.findIndex((value, i) => !Object.is(value, read[i]));
  assert.equal(wrong, -1, `${values[wrong]} became ${read[wrong]}`);
}

test('200,000 float32 of all sizes, and the special values, come back bit for bit', () => {
  let state = 1;
  const bits = Uint32Array.from({ length: 200_000 }, () => (state = Math.imul(state, 1664525) + 1013904223));
  assertComesBack(new Float32Array(bits.buffer).filter(Number.isFinite));
  const largest = 3.4028234663852886e38;
  const special = [0, -0, 1, -1, 0.1, 1e-45, -1e-45, 1.17549435e-38, largest, -largest];
  assertComesBack(Float32Array.of(...special, 16777216, 0.99999994, 1e-12, 1e-13, 1 / 3));
  assert.equal(float32Json(new Float32Array(0)), '[]');
});

test('a normalised vector of 512 takes at most 7.2 kB, and less than a millisecond', () => {
  const vector = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * i) / 16);
  const started = process.cpuUsage();
  for (let i = 0; i < 500; i++) assert.ok(float32Json(vector).length <= 7200);
  const each = process.cpuUsage(started).user / 1000 / 500;
  assert.ok(each < 1, `${each} ms`); // it is about 0.1 ms; encoding a photo takes 20 ms and more
});

test('what JSON can’t hold is refused', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => float32Json(new Float32Array([0.5, value])), new RangeError(`A vector can't hold ${value}.`));
  }
});

test('a vector is scaled to length 1, and prints in a line; one without a direction is refused', () => {
  assert.deepEqual(normalise(Float32Array.of(3, -4)), Float32Array.of(0.6, -0.8));
  const problems: [vector: number[], problem: string][] = [
    [[0, 0], 'is all zeros'],
    [[1, NaN], 'has a NaN or an infinity in it'],
    [[1, Infinity], 'has a NaN or an infinity in it'],
  ];
  for (const [vector, problem] of problems) {
    const error = { name: 'PhotoSearchError', code: 'no-direction', cause: problem, message: `It ${problem}.` };
    assert.throws(() => normalise(Float32Array.from(vector), 'It'), error);
  }
  assert.throws(() => normalise(new Float32Array(2)), { message: 'A vector is all zeros.' });
  const line = inspect(readableVector(Float32Array.of(0.6, -0.8, 0, 0)));
  assert.equal(line, 'Float32Array(4) [0.600, -0.800, 0.000, …] ‖1.000‖');
});
