import type { Client } from '@opensearch-project/opensearch';
import { exactNeighbours, recall } from './exact-neighbours';
import { mean } from '../mean';
import { seededRandom, shuffled } from '../seeded-random';
import { searchIndex, type LabSearch } from './search-index';

/** How a way to search did, over all queries. */
export interface Measured {
  /** Mean recall@k, 0 to 1. */
  recall: number;
  /** Median time of a search, in ms. */
  p50Ms: number;
  /** 95th percentile of the time, in ms. */
  p95Ms: number;
}

interface MeasureOptions {
  /** [count, dimension], each of length 1: what the indexes hold. */
  vectors: readonly Float32Array[];
  /** [queries, dimension], each of length 1. */
  queries: readonly Float32Array[];
  k: number;
  /** How often each query is timed. */
  rounds: number;
  signal: AbortSignal;
  /** @param done searches so far, of `total` */
  onProgress: (done: number, total: number) => void;
}

/**
 * Searches in all the given ways, query by query, so whatever else the machine does affects all alike. One search at
 * a time. A first round, in which caches fill, gives the recall and is not timed.
 *
 * @returns in the order of `searches`
 */
export async function measureSearches(
  client: Client,
  searches: readonly LabSearch[],
  { vectors, queries, k, rounds, signal, onProgress }: MeasureOptions,
): Promise<Measured[]> {
  const recalls = searches.map((): number[] => []);
  const times = searches.map((): number[] => []);
  const total = searches.length * queries.length * (rounds + 1);
  let done = 0;
  const random = seededRandom(1);
  for (let round = 0; round <= rounds; round++) {
    for (const query of queries) {
      const truth = round === 0 ? exactNeighbours(query, vectors, k) : undefined;
      // In another order each time: what follows the exact search finds the processor's caches full of other things.
      for (const [way, search] of shuffled([...searches.entries()], random)) {
        signal.throwIfAborted();
        const { found, ms } = await searchIndex(client, search, { query, k });
        if (truth) recalls[way]?.push(recall(found, truth, { query, vectors }));
        else times[way]?.push(ms);
        onProgress(++done, total);
      }
    }
  }
  return searches.map((_, way) => {
    const sorted = (times[way] ?? []).sort((a, b) => a - b);
    return { recall: mean(recalls[way] ?? []), p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
  });
}

/** The value that this share of the sorted values keeps within; the nearest rank, no interpolation. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
