import { dotProduct } from '../dot-product';
import { seededRandom } from '../seeded-random';

/** More change no digit that could be seen. */
const rounds = 30;

/**
 * Where vectors lie along the two directions in which they differ most (principal component analysis, by power
 * iteration): the same each time.
 *
 * @param vectors [count, dimension]
 * @returns [count, 2], of standard deviation 1 along the first direction; all zeros where no vector differs
 */
export function principalComponents(vectors: readonly Float32Array[]): [number, number][] {
  const dimension = vectors[0]?.length ?? 0;
  const mean = new Float64Array(dimension);
  for (const vector of vectors) addTo(mean, vector, 1 / vectors.length);
  const random = seededRandom(1);
  const first = direction([]);
  const second = direction([first]);
  const along = vectors.map((vector): [number, number] => [
    dotProduct(vector, first) - dotProduct(mean, first),
    dotProduct(vector, second) - dotProduct(mean, second),
  ]);
  const sd = Math.sqrt(along.reduce((sum, [x]) => sum + x * x, 0) / vectors.length);
  return along.map(([x, y]) => (sd > 1e-6 ? [x / sd, y / sd] : [0, 0]));

  /** The direction, of length 1, in which the vectors differ most, among those at right angles to the `earlier`. */
  function direction(earlier: readonly Float64Array[]): Float64Array {
    let found = Float64Array.from({ length: dimension }, () => random() - 0.5);
    for (let round = 0; round < rounds; round++) {
      const next = new Float64Array(dimension);
      for (const vector of vectors) {
        const along = dotProduct(vector, found) - dotProduct(mean, found);
        addTo(next, vector, along);
        addTo(next, mean, -along);
      }
      for (const other of earlier) addTo(next, other, -dotProduct(next, other));
      const length = Math.sqrt(dotProduct(next, next));
      if (length < 1e-12) break;
      found = next.map((value) => value / length);
    }
    return found;
  }
}

function addTo(sum: Float64Array, vector: ArrayLike<number>, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (vector[i] ?? 0);
}
