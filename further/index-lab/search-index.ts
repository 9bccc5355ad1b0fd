import type { API, Client } from '@opensearch-project/opensearch';
import { luceneMethod } from '../../lib/photo-index';

/** One way to search one index. */
export interface LabSearch {
  index: string;
  /** Compare with every vector; follow the graph; or compare with none, which leaves the round trip. */
  how: 'exact' | { efSearch: number } | 'nothing';
}

/** What one search found, and how long it took, in ms, from here to the server and back. */
interface TimedSearch {
  /** Positions of vectors, best first. */
  found: number[];
  ms: number;
}

/** Asks for the k vectors nearest to `query`, [dimension]; only their ids come back. */
export async function searchIndex(
  client: Client,
  { index, how }: LabSearch,
  { query, k }: { query: Float32Array; k: number },
): Promise<TimedSearch> {
  const vector = Array.from(query);
  const body: API.Search_RequestBody = {
    size: k,
    _source: false,
    query:
      typeof how === 'object'
        ? { knn: { embedding: { vector, k, method_parameters: { ef_search: how.efSearch } } } }
        : scoreEach(vector, how === 'exact' ? { match_all: {} } : { match_none: {} }),
  };
  const begin = performance.now();
  const response = await client.search({ index, body });
  const ms = performance.now() - begin;
  return { found: response.body.hits.hits.map(({ _id }) => Number(_id)), ms };
}

type Query = NonNullable<API.Search_RequestBody>['query'];

/** The k-NN plugin's own script compares the vectors that `query` lets through, one by one. */
function scoreEach(vector: number[], query: NonNullable<Query>): Query {
  return {
    script_score: {
      query,
      script: {
        lang: 'knn',
        source: 'knn_score',
        params: { field: 'embedding', query_value: vector, space_type: luceneMethod.space_type },
      },
    },
  };
}
