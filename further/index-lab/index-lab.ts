import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { RequestError } from '../../workshop/opensearch/request-error';
import type { LabConfiguration } from './configurations';
import { fillIndex, type FilledIndex, labIndexBody } from './fill-index';
import { shownAsTable, type LabResult, type LabRow } from './lab-result';
import { measureSearches } from './measure-searches';
import type { LabSearch } from './search-index';
import { withIndexes } from './with-indexes';

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
 * @throws PhotoSearchError if there are too few vectors; RequestError if the server fails
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
  return withIndexes(client, async (createIndex) => {
    const built: LabIndex[] = [];
    const refused: LabResult['refused'] = [];
    for (const configuration of configurations) {
      let index: string;
      const onSent = (done: number) => {
        onProgress(`${configuration.name}: building`, done, vectors.length);
      };
      try {
        index = await createIndex(labIndexBody(dimension, configuration.method));
      } catch (error) {
        if (!(error instanceof RequestError) || error.statusCode !== 400) throw error;
        refused.push({ configuration: configuration.name, reason: error.message });
        continue;
      }
      const filled = await fillIndex(client, index, { vectors, signal, onSent });
      built.push({ ...filled, index, configuration });
    }
    if (built.length === 0) {
      throw new PhotoSearchError(`The server knows none of the configurations: ${refused[0]?.reason ?? ''}`);
    }
    const { rows, roundTripMs } = await measure(built);
    const described = { name, count: vectors.length, dimension, queries: queries.length, k };
    return shownAsTable({ vectors: described, rows, roundTripMs, refused });
  });

  async function measure(built: LabIndex[]): Promise<Pick<LabResult, 'rows' | 'roundTripMs'>> {
    const ways = built.flatMap((made) => searchesOf(made).map((search) => ({ made, search })));
    const nothing: LabSearch = { index: built[0]?.index ?? '', how: 'nothing' };
    const searches = [nothing, ...ways.map(({ search }) => search)];
    const [roundTrip, ...measured] = await measureSearches(client, searches, {
      vectors,
      queries,
      k,
      rounds,
      signal,
      onProgress: (done, total) => {
        onProgress('searching', done, total);
      },
    });
    const rows = ways.flatMap(({ made, search }, way): LabRow[] => {
      const figures = measured[way];
      if (!figures) return [];
      const { configuration, buildSeconds, bytesPerVector } = made;
      const efSearch = typeof search.how === 'object' ? search.how.efSearch : undefined;
      return [{ configuration: configuration.name, efSearch, ...figures, buildSeconds, bytesPerVector }];
    });
    return { rows, roundTripMs: roundTrip?.p50Ms ?? NaN };
  }
}

function searchesOf({ index, configuration }: LabIndex): LabSearch[] {
  if (!configuration.method) return [{ index, how: 'exact' }];
  return configuration.efSearch.map((efSearch) => ({ index, how: { efSearch } }));
}
