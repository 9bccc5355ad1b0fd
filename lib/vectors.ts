import { inspect } from 'node:util';
import { PhotoSearchError } from './errors';

/**
 * Scales a vector to length 1. The dot product of two such vectors is the cosine of their angle.
 *
 * @param name what the vector is of, for the error's message
 * @throws PhotoSearchError `no-direction` for a vector that can't be compared with any other; its cause says why
 */
export function normalise(vector: Float32Array, name = 'A vector'): Float32Array {
  const length = lengthOf(vector);
  if (length > 0 && Number.isFinite(length)) return vector.map((value) => value / length);
  const cause = length === 0 ? 'is all zeros' : 'has a NaN or an infinity in it';
  throw new PhotoSearchError(`${name} ${cause}.`, { code: 'no-direction', cause });
}

/**
 * The same vector, which prints in one line now, with its length at the end, instead of a hundred numbers:
 * `Float32Array(512) [0.012, -0.034, 0.008, …] ‖1.000‖`.
 */
export function readableVector(vector: Float32Array): Float32Array {
  const describe = () => {
    const first = Array.from(vector.subarray(0, 3), (value) => value.toFixed(3)).join(', ');
    return `Float32Array(${vector.length}) [${first}, …] ‖${lengthOf(vector).toFixed(3)}‖`;
  };
  return Object.defineProperty(vector, inspect.custom, { value: describe });
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
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
