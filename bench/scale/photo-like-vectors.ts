import { syntheticVectors } from '../../further/index-lab/synthetic-vectors';

/**
 * Made-up vectors of 512 whose neighbours are as near as those of photos: by trial, until the figures of
 * `neighbourStatistics` came near those that the built-in model gives 81 and 2,000 real photos. The same count gives
 * the same vectors, and fewer are the beginning of more.
 *
 * @returns [count, 512], each of length 1
 */
export function photoLikeVectors(count: number): Float32Array[] {
  return syntheticVectors(count, { clusters: 400, intrinsicDimension: 28, spread: 0.65, common: 0.6, skew: 3 });
}
