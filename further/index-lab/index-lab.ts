import { randomBytes } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { failedRequest } from '../../lib/opensearch/failed-request';
import type { LabConfiguration } from './configurations';
import { fillIndex, type FilledIndex, labIndexBody } from './fill-index';
import { shownAsTable, type LabResult, type LabRow } from './lab-result';
import { measureSearches } from './measure-searches';
import type { LabSearch } from './search-index';

/** Vectors to search, and what to ask for. */
export interface LabVectors {
  /** What they are, in the plural: `photos`, say. */
  name: string;
  /** [count, dimension], each of length 1. */
  vectors: readonly Float32Array[];
  /** [queries, dimension], each of length 1, best not among the vectors. */
  queries: readonly Float32Array[];
}

export interface LabOptions {
  configurations: readonly LabConfiguration[];
  /** Neighbours asked for. @default 10 */
  k?: number;
  /** How often each query is timed in each way. @default 3 */
  rounds?: number;
  /** Stops the lab; the promise is rejected with the signal's reason, once the indexes are deleted. */
  signal?: AbortSignal;
  /** @param step what is being done, such as `exact: building`; `done` of `total` of it */
  onProgress?: (step: string, done: number, total: number) => void;
}

interface LabIndex extends FilledIndex {
  index: string;
  configuration: LabConfiguration;
}

/**
 * The index lab: puts the same vectors into one index for each configuration, asks all of them the same queries, and
 * measures recall against a comparison with every vector in memory, time, size and building.
 *
 * The indexes' names begin with `lab-`. They are deleted in the end, whatever happens, unless this process is killed
 * outright.
 *
 * @returns one row for each configuration and `ef_search`; it prints as a table
 * @throws PhotoSearchError if there are too few vectors, or the indexes can't be deleted, naming them; the client's error
 * if the server fails
 */
export async function indexLab(
  client: Client,
  data: LabVectors,
  {
    configurations,
    k = 10,
    rounds = 3,
    signal = new AbortController().signal,
    onProgress = () => undefined,
  }: LabOptions,
): Promise<LabResult> {
  const { name, vectors, queries } = data;
  if (vectors.length < k || queries.length === 0 || configurations.length === 0) {
    throw new PhotoSearchError(
      `The lab has ${vectors.length} vectors, ${queries.length} queries and ${configurations.length} configurations: ` +
        `it needs ${k} vectors or more, a query and a configuration.`,
    );
  }
  const dimension = vectors[0]?.length ?? 0;
  const run = randomBytes(3).toString('hex');
  /** Those that are there, or may be. */
  const indexes: string[] = [];
  const built: LabIndex[] = [];
  const refused: LabResult['refused'] = [];
  let failure = '';
  try {
    for (const [i, configuration] of configurations.entries()) {
      const index = `lab-${run}-${i}`;
      indexes.push(index);
      const onSent = (done: number) => {
        onProgress(`${configuration.name}: building`, done, vectors.length);
      };
      try {
        await client.indices.create({ index, body: labIndexBody(dimension, configuration.method) });
      } catch (error) {
        const { statusCode = 500 } = failedRequest(error) ?? {};
        if (statusCode < 500) indexes.pop();
        if (statusCode !== 400) throw error;
        refused.push({ configuration: configuration.name, reason: (error as Error).message });
        continue;
      }
      built.push({ index, configuration, ...(await fillIndex(client, index, { vectors, signal, onSent })) });
    }
    const [first] = built;
    if (!first) throw new PhotoSearchError(`The server knows none of the configurations: ${refused[0]?.reason ?? ''}`);
    const ways = built.flatMap((made) => waysToSearch(made.configuration).map((how) => ({ ...made, how })));
    const [roundTrip, ...measured] = await measureSearches(client, [{ index: first.index, how: 'nothing' }, ...ways], {
      ...{ vectors, queries, k, rounds, signal },
      onProgress: (done, total) => {
        onProgress('searching', done, total);
      },
    });
    const rows = ways.flatMap(({ configuration, how, buildSeconds, bytesPerVector }, way): LabRow[] => {
      const figures = measured[way];
      const efSearch = typeof how === 'object' ? how.efSearch : undefined;
      return figures ? [{ configuration: configuration.name, efSearch, ...figures, buildSeconds, bytesPerVector }] : [];
    });
    const described = { name, count: vectors.length, dimension, queries: queries.length, k };
    return shownAsTable({ vectors: described, rows, roundTripMs: roundTrip?.p50Ms ?? NaN, refused });
  } catch (error) {
    failure = `${error instanceof Error ? error.message : String(error)} `;
    throw error;
  } finally {
    // Each by its name: a wildcard may be forbidden, or meet others' indexes.
    const deletion = { index: indexes, ignore_unavailable: true };
    if (indexes.length > 0) {
      await client.indices.delete(deletion).catch((cause: unknown) => {
        throw new PhotoSearchError(
          `${failure}The lab's indexes could not be deleted: delete ${indexes.join(', ')} when the server answers again. ` +
            (cause instanceof Error ? cause.message : String(cause)),
          { cause },
        );
      });
    }
  }
}

function waysToSearch({ method, efSearch }: LabConfiguration): LabSearch['how'][] {
  return method ? efSearch.map((one) => ({ efSearch: one })) : ['exact'];
}
