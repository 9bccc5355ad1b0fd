import { readableVector } from '../../lib/vectors';
import { PhotoSearchError } from '../../lib/errors';

/** A direction, and how much it counts. */
export interface WeightedVector {
  /** [dimension], of length 1 */
  vector: Float32Array;
  /** Below 0 the sum moves away from it. */
  weight: number;
}

/**
 * Below this share of the weights' sum, what is left of a sum is rounding: a vector's numbers are exact to 1e-7, a
 * quantised model's to 1e-3 or so.
 */
const leastLength = 1e-3;

/**
 * The direction of a weighted sum of vectors: `photo + 0.5 · text − 0.5 · other text`, scaled to length 1 again. Cosines
 * with it are cosines like any others.
 *
 * @param parts at least one, all of one dimension
 * @returns [dimension], of length 1
 * @throws PhotoSearchError if nothing is left of the sum: it then has no direction
 * @throws RangeError if the dimensions differ, or a weight is not a finite number
 */
export function combineVectors(parts: readonly WeightedVector[]): Float32Array {
  const dimension = parts[0]?.vector.length ?? 0;
  const sum = new Float64Array(dimension);
  for (const { vector, weight } of parts) {
    if (vector.length !== dimension) {
      throw new RangeError(
        `Vectors of ${dimension} and ${vector.length} numbers can't be added: they come from different models.`,
      );
    }
    if (!Number.isFinite(weight)) throw new RangeError(`A weight is a number, not ${weight}.`);
    vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + weight * value));
  }
  const length = Math.hypot(...sum);
  const weights = parts.reduce((total, { weight }) => total + Math.abs(weight), 0);
  if (!(length > leastLength * weights)) {
    const shown = parts.map(({ weight }) => weight.toPrecision(3)).join(', ');
    throw new PhotoSearchError(
      `The weighted sum has length ${length.toPrecision(2)} (weights ${shown || 'none'}), so it has no direction to search in: ` +
        'remove what cancels out, or change a weight.',
    );
  }
  return readableVector(Float32Array.from(sum, (value) => value / length));
}
