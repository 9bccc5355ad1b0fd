import { test } from 'node:test';
import assert from 'node:assert/strict';
import { float32Json } from '../lib/vectors';

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
}

/** [512], of length 1, with values from a bell curve, as CLIP's vectors have them. */
function unitVector(next: () => number): Float32Array {
  const bell = () => (next() + next() + next() + next()) / 2 ** 32 - 2;
  const values = Float32Array.from({ length: 512 }, bell);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

test('200,000 float32 of all sizes come back bit for bit', () => {
  const next = random(1);
  for (let i = 0; i < 200_000; i++) {
    bits[0] = next();
    const value = asFloat[0] ?? 0;
    if (!Number.isFinite(value)) continue;
    const json = float32Json(asFloat);
    const read = Float32Array.from(JSON.parse(json) as number[]);
    assert.ok(Object.is(read[0], value), `${value} became ${json}`);
  }
});

test('the special values of float32 come back, minus zero and the smallest among them', () => {
  const largest = 3.4028234663852886e38;
  const values = new Float32Array([
    0,
    -0,
    1,
    -1,
    0.1,
    1e-45,
    -1e-45,
    1.17549435e-38,
    largest,
    -largest,
    16777216,
    0.99999994,
    1e-12,
    1e-13,
    1 / 3,
  ]);
  const json = float32Json(values);
  assert.deepEqual(Float32Array.from(JSON.parse(json) as number[]), values);
  assert.ok(json.startsWith('[0,-0.0,1,-1,0.100000001,1.40129846e-45,'), json);
  assert.equal(float32Json(new Float32Array(0)), '[]');
});

test('a normalised vector of 512 takes at most 7.2 kB, and less than a millisecond', () => {
  const next = random(3);
  const vectors = Array.from({ length: 500 }, () => unitVector(next));
  const started = process.cpuUsage();
  const lengths = vectors.map((vector) => float32Json(vector).length);
  const each = process.cpuUsage(started).user / 1000 / vectors.length;
  assert.ok(Math.max(...lengths) <= 7200, `${Math.max(...lengths)} bytes`);
  assert.ok(each < 1, `${each} ms`); // it is about 0.1 ms; encoding a photo takes 20 ms and more
});

test('what JSON can not say is refused', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => float32Json(new Float32Array([0.5, value])), new RangeError(`A vector can't hold ${value}.`));
  }
});
