import { WorkshopError } from '../errors';

/** A vector that cannot be compared with any other: all zeros, or with a NaN or an infinity in it. */
export class NoDirectionError extends WorkshopError {
  override name = 'NoDirectionError';
}

/**
 * Scales a vector to length 1, so that the dot product of two vectors is the cosine of their angle.
 *
 * @param name what the vector is of, for the error's message
 * @throws NoDirectionError if that cannot be done
 */
export function normalise(vector: Float32Array, name = 'A vector'): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length > 0 && Number.isFinite(length)) return vector.map((value) => value / length);
  const what = length === 0 ? 'is all zeros' : 'has a NaN or an infinity in it';
  throw new NoDirectionError(`${name} ${what}: try CLIP_DTYPE=fp32, or another CLIP_MODEL.`);
}
