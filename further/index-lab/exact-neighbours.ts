import { dotProduct } from '../dot-product';

/** The truth that searches are held against. */
export interface ExactNeighbours {
  /** Positions of the k nearest vectors, best first. */
  nearest: number[];
  /** Cosine of the last of them: whatever is this near is a true neighbour. */
  leastCosine: number;
}

/**
 * The k nearest vectors to a query, found by comparing with every one, in memory.
 *
 * @param query [dimension], of length 1
 * @param vectors [count, dimension], each of length 1
 */
export function exactNeighbours(query: Float32Array, vectors: readonly Float32Array[], k: number): ExactNeighbours {
  const cosines = Float64Array.from(vectors, (vector) => dotProduct(query, vector));
  const nearest: number[] = [];
  cosines.forEach((cosine, position) => {
    if (nearest.length === k && cosine <= (cosines[nearest[k - 1] ?? 0] ?? NaN)) return;
    let at = nearest.length;
    while (at > 0 && cosine > (cosines[nearest[at - 1] ?? 0] ?? NaN)) at--;
    nearest.splice(at, 0, position);
    nearest.length = Math.min(k, nearest.length);
  });
  return { nearest, leastCosine: cosines[nearest.at(-1) ?? 0] ?? NaN };
}

/** What rounding may change in a cosine of two float32 vectors of length 1. */
const rounding = 1e-6;

/**
 * The share of the true k nearest neighbours among what was found. A vector as near as the last of them counts too:
 * of two equal ones either is right.
 *
 * @param found positions of vectors, each once
 * @returns 0 to 1
 */
export function recall(
  found: readonly number[],
  truth: ExactNeighbours,
  { query, vectors }: { query: Float32Array; vectors: readonly Float32Array[] },
): number {
  const right = found.filter((position) => {
    const vector = vectors[position];
    return vector !== undefined && dotProduct(query, vector) >= truth.leastCosine - rounding;
  });
  return Math.min(1, right.length / truth.nearest.length);
}
