import { inspect } from 'node:util';
import { PhotoSearchError } from './errors';

/**
 * The dot product of two vectors: for vectors of length 1 it is the cosine of the angle between them.
 *
 * @param a [dimension]
 * @param b [dimension]
 */
export function dotProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** A vector that cannot be compared with any other: all zeros, or with a NaN or an infinity in it. */
export class NoDirectionError extends PhotoSearchError {
  override name = 'NoDirectionError';
}

/**
 * Scales a vector to length 1. The dot product of two such vectors is the cosine of their angle.
 *
 * @param name what the vector is of, for the error's message
 * @throws NoDirectionError if that cannot be done
 */
export function normalise(vector: Float32Array, name = 'A vector'): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length > 0 && Number.isFinite(length)) return vector.map((value) => value / length);
  const what = length === 0 ? 'is all zeros' : 'has a NaN or an infinity in it';
  throw new NoDirectionError(`${name} ${what}.`);
}

/** What is shown of a vector: `Float32Array(512) [0.012, -0.034, 0.008, …] ‖1.000‖`, with its length at the end. */
function describeVector(vector: Float32Array): string {
  const first = Array.from(vector.subarray(0, 3), (value) => value.toFixed(3)).join(', ');
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return `Float32Array(${vector.length}) [${first}, …] ‖${length.toFixed(3)}‖`;
}

/** The same vector, which a cell now prints in one line instead of a hundred numbers. */
export function readableVector(vector: Float32Array): Float32Array {
  return Object.defineProperty(vector, inspect.custom, { value: () => describeVector(vector) });
}

/**
 * A vector as a JSON array that keeps every float32 bit for bit: 9 significant digits always do (the C standard's
 * FLT_DECIMAL_DIG). About 7 kB for a vector of 512 of length 1, where `JSON.stringify` writes each float32 as a
 * double and needs 10.7.
 *
 * @param vector [dimension], finite
 * @throws RangeError if a value is infinite or not a number, which JSON can't say
 */
export function float32Json(vector: Float32Array): string {
  const numbers = Array.from(vector, (value) => {
    if (!Number.isFinite(value)) throw new RangeError(`A vector can't hold ${value}.`);
    return Object.is(value, -0) ? '-0.0' : value.toPrecision(9);
  });
  return `[${numbers.join(',')}]`;
}
