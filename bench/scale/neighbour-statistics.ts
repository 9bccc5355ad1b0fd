import { dotProduct } from '../../further/dot-product';

/** How near vectors lie to each other, as cosines. */
export interface NeighbourStatistics {
  count: number;
  /** Of two vectors, whichever: mean and standard deviation. */
  pairMean: number;
  pairSd: number;
  /** Of a vector's nearest neighbour, and of its tenth: medians. */
  nearest: number;
  tenth: number;
}

/**
 * Compares each of `vectors` with each other one.
 *
 * @param vectors [count, dimension], each of length 1; more than ten, and few enough for count² comparisons
 */
export function neighbourStatistics(vectors: readonly Float32Array[]): NeighbourStatistics {
  let [sum, squares] = [0, 0];
  const nearest: number[] = [];
  const tenth: number[] = [];
  for (const [i, vector] of vectors.entries()) {
    const cosines = Float64Array.from(vectors, (other) => dotProduct(vector, other));
    cosines[i] = -Infinity;
    cosines.sort();
    for (const cosine of cosines.subarray(1)) {
      sum += cosine;
      squares += cosine * cosine;
    }
    nearest.push(cosines.at(-1) ?? NaN);
    tenth.push(cosines.at(-10) ?? NaN);
  }
  const pairs = vectors.length * (vectors.length - 1);
  const pairMean = sum / pairs;
  return {
    count: vectors.length,
    pairMean,
    pairSd: Math.sqrt(squares / pairs - pairMean * pairMean),
    nearest: median(nearest),
    tenth: median(tenth),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
