import type { API, Client } from '@opensearch-project/opensearch';
import { photoHits, type PhotoHit } from './photo-hit';

/** The body of a search. */
export type PhotoQuery = API.Search_RequestBody;

/**
 * The k-NN query that notebook 3 writes out by hand: the `k` photos whose vectors are nearest to `vector`.
 *
 * `size` is always `k`: with more shards or segments the engine finds up to `k` in each, and `size` is 10 unless told.
 * `ef_search` is how many neighbours the HNSW search keeps in view; OpenSearch 2 takes no more than `k` otherwise, and
 * then misses up to half of the true neighbours.
 *
 * @param vector [dimension]
 * @param k 1 to 10,000
 */
export function photoQuery(vector: Float32Array, k: number): PhotoQuery {
  return {
    size: k,
    _source: { excludes: ['embedding'] },
    query: {
      knn: {
        embedding: {
          vector: Array.from(vector),
          k,
          method_parameters: { ef_search: Math.max(k, 100) },
        },
      },
    },
  };
}

/**
 * The `k` photos in `index` that are nearest to `vector`, best first; fewer if the index holds fewer.
 *
 * @throws WorkshopError if the index is missing or holds vectors of another length
 */
export async function searchPhotos(
  client: Client,
  { index, vector, k = 3 }: { index: string; vector: Float32Array; k?: number },
): Promise<PhotoHit[]> {
  const response = await client.search({ index, body: photoQuery(vector, k) });
  return photoHits(response.body);
}
