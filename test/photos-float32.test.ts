import { test } from 'node:test';
import assert from 'node:assert/strict';
import { float32Json } from '../lib/vectors';

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

test('what JSON can not say is refused', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => float32Json(new Float32Array([0.5, value])), new RangeError(`A vector can't hold ${value}.`));
  }
});
