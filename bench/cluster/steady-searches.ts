import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import { photoQuery } from '../../lib/search';
import { k, summary } from '../scale/searches';

/** What clients saw of the searches while something happened to the cluster. */
export interface SteadySearches {
  searches: number;
  /** That failed, after all that the client itself tried again. */
  errors: number;
  /** What they said, each once. */
  reasons: string[];
  /** Answers that lacked a shard. */
  partial: number;
  p50_ms: number;
  p99_ms: number;
  longest_ms: number;
  /** What happened to the cluster took so long, until all copies of all shards were in place again. */
  seconds: number;
}

/**
 * Sends searches at a steady rate, however long their answers take, while `event` happens, and two seconds more.
 *
 * @param queries whose turn comes one after the other
 */
export async function searchMeanwhile(
  client: Client,
  { index, queries, perSecond }: { index: string; queries: readonly Float32Array[]; perSecond: number },
  event: () => Promise<void>,
): Promise<SteadySearches> {
  const times: number[] = [];
  const reasons = new Set<string>();
  let [errors, partial, ended] = [0, 0, false];
  const search = async (query: Float32Array) => {
    const from = performance.now();
    try {
      const { body } = await client.search({ index, body: photoQuery(query, k) });
      if (body._shards.failed > 0) partial++;
    } catch (error) {
      errors++;
      reasons.add(String(error));
    }
    times.push(performance.now() - from);
  };
  const send = async () => {
    const begin = performance.now();
    const sent: Promise<void>[] = [];
    for (let number = 0; !ended; number++) {
      const query = queries[number % queries.length];
      if (query) sent.push(search(query));
      await sleep(Math.max(0, begin + (1000 * (number + 1)) / perSecond - performance.now()));
    }
    await Promise.all(sent);
  };
  const sending = send();
  const begin = performance.now();
  let seconds: number;
  try {
    await event();
    seconds = (performance.now() - begin) / 1000;
    await sleep(2000);
  } finally {
    ended = true;
    await sending;
  }
  const { p50, p99 } = summary(times, 1);
  return {
    ...{ searches: times.length, errors, reasons: [...reasons], partial, p50_ms: p50, p99_ms: p99 },
    ...{ longest_ms: Math.max(...times), seconds },
  };
}
