import { dotProduct } from '../../further/dot-product';
import { mean } from '../../further/mean';

/**
 * @param candidates vectors of length 1
 * @param except number of a candidate that does not count, such as the photo that is asked for
 * @returns the numbers of the `k` candidates that are nearest to `vector`, nearest first
 */
export function nearest(vector: Float32Array, candidates: Float32Array[], k: number, except?: number): number[] {
  const cosines = candidates.map((candidate) => dotProduct(vector, candidate));
  return [...cosines.keys()]
    .filter((i) => i !== except)
    .sort((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0) || a - b)
    .slice(0, k);
}

/** How far two models agree about what is nearest, each from 0 to 1. */
interface Agreement {
  /** Share of the queries with the same first hit. */
  top1: number;
  /** Share of the first ten hits that are the same, in whatever order; of all hits if there are fewer. */
  top10: number;
}

/** @param hits of each query, nearest first, by two models */
export function agreement(hits: number[][], others: number[][]): Agreement {
  const shares = hits.map((ofQuery, i) => {
    const [ten, otherTen] = [ofQuery.slice(0, 10), others[i]?.slice(0, 10) ?? []];
    const same = ten.filter((hit) => otherTen.includes(hit)).length;
    return { top1: ten[0] === otherTen[0] ? 1 : 0, top10: same / ten.length };
  });
  return { top1: mean(shares.map(({ top1 }) => top1)), top10: mean(shares.map((s) => s.top10)) };
}

interface CosineSummary {
  mean: number;
  min: number;
}

/** Cosines of the vectors that two models give for the same things. */
export function cosineSummary(vectors: Float32Array[], others: Float32Array[]): CosineSummary {
  const cosines = vectors.map((vector, i) => {
    const other = others[i];
    if (other?.length !== vector.length) throw new RangeError(`Vector ${i} of the other model is missing or shorter.`);
    return dotProduct(vector, other);
  });
  return { mean: mean(cosines), min: Math.min(...cosines) };
}
