import type { Client } from '@opensearch-project/opensearch';
import { exactNeighbours, recall, type ExactNeighbours } from '../../further/index-lab/exact-neighbours';
import { quantile } from '../../further/index-lab/measure-searches';
import { mean } from '../../further/mean';
import { photoFilter } from '../../further/filter/photo-filter';
import { photoQuery } from '../../lib/search';
import { filterOf, isLetThrough, madeUpPhoto } from './photo-documents';

/** Neighbours asked for. */
export const k = 10;

/** Times of searches, in ms, and how many went through a second. */
interface Times {
  p50: number;
  p95: number;
  p99: number;
  perSecond: number;
}

export interface Truth {
  query: Float32Array;
  /** The true neighbours, and those among the photos that a filter lets through. */
  all: ExactNeighbours;
  filtered: Map<number, ExactNeighbours>;
}

/** Shares of the photos that filters let through. */
export const shares = [0.01, 0.1, 0.5];

/** The true neighbours of each query, and how long each comparison with all vectors took: a plain loop in TypeScript. */
export function findTruths(
  queries: readonly Float32Array[],
  vectors: readonly Float32Array[],
): { truths: Truth[]; loop: Times } {
  const times: number[] = [];
  const begin = performance.now();
  const plain = queries.map((query) => {
    const from = performance.now();
    const all = exactNeighbours(query, vectors, k);
    times.push(performance.now() - from);
    return { query, all };
  });
  const loop = summary(times, performance.now() - begin);
  const parts = shares.map((share) => ({
    share,
    part: vectors.filter((_, position) => isLetThrough(position, share)),
  }));
  const truths = plain.map(({ query, all }) => ({
    ...{ query, all },
    filtered: new Map(parts.map(({ share, part }) => [share, exactNeighbours(query, part, Math.min(k, part.length))])),
  }));
  return { truths, loop };
}

export interface Searched extends Times {
  /** Mean of recall@10, 0 to 1. */
  recall: number;
}

/**
 * Sends the queries as `searchPhotos` does, from as many clients at once; a first search of each is not counted.
 *
 * @param share of the photos that a filter lets through; without it there is no filter
 */
export async function measureSearches(
  client: Client,
  index: string,
  { truths, vectors, positions, clients = 1, rounds = 1, share }: SearchOptions,
): Promise<Searched> {
  const filter = share === undefined ? undefined : filterOf(share);
  const work = Array.from({ length: rounds + 1 }, (_, round) => truths.map((truth) => ({ truth, round }))).flat();
  const times: number[] = [];
  const recalls: number[] = [];
  let [next, begin] = [0, 0];
  const run = async () => {
    for (;;) {
      const item = work[next++];
      if (!item) return;
      const { truth, round } = item;
      if (round > 0 && begin === 0) begin = performance.now();
      const from = performance.now();
      const { body } = await client.search({
        index,
        body: photoQuery(truth.query, k, { filter: photoFilter(filter ?? {}) }),
      });
      if (round > 0) times.push(performance.now() - from);
      else {
        const found = body.hits.hits.map(({ _id }) => positions.get(_id ?? '') ?? -1);
        const wanted = share === undefined ? truth.all : truth.filtered.get(share);
        if (wanted) recalls.push(recall(found, wanted, { query: truth.query, vectors }));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, run));
  return { ...summary(times, performance.now() - begin), recall: mean(recalls) };
}

interface SearchOptions {
  truths: readonly Truth[];
  vectors: readonly Float32Array[];
  /** Of each `_id`, see `positionsOf`. */
  positions: ReadonlyMap<string, number>;
  clients?: number;
  /** How often each query is timed, after a round that gives the recall. */
  rounds?: number;
  share?: number;
}

/** Which vector belongs to each `_id`. */
export function positionsOf(count: number): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, i) => [madeUpPhoto(i).id, i]));
}

/** @param times of each search, in ms; `ms` of all together */
export function summary(times: number[], ms: number): Times {
  const sorted = [...times].sort((a, b) => a - b);
  const [p50 = NaN, p95 = NaN, p99 = NaN] = [0.5, 0.95, 0.99].map((share) => quantile(sorted, share));
  return { p50, p95, p99, perSecond: (1000 * times.length) / ms };
}
