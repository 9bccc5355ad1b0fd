import type { API, Client } from '@opensearch-project/opensearch';
import { WorkshopError } from './errors';
import { photoHits, type PhotoHit } from './photo-hit';
import { filterClauses, type FilterClause, type PhotoFilter } from './search/filter';
import { indexSpaceType } from './search/space-type';

/** The body of a search. */
export type PhotoQuery = API.Search_RequestBody;

/** Which of the nearest photos. */
export interface PhotoQueryOptions {
  /** Looked for among these photos only. */
  filter?: PhotoFilter;
  /** Photos that are not to be found. */
  exclude?: ExcludedPhotos;
  /** 1 for the `k` nearest photos, 2 for the `k` that follow, and so on. */
  page?: number;
}

/** Photos by the `_id`s of their documents, and by the SHA-256 of their files. */
export interface ExcludedPhotos {
  ids?: readonly string[];
  sha256?: readonly string[];
}

/** OpenSearch gives no hits beyond this (`index.max_result_window`), and takes no larger `k`. */
export const mostHits = 10_000;

/**
 * The k-NN query that notebook 3 writes out by hand: the `k` photos whose vectors are nearest to `vector`.
 *
 * `size` is always `k`: with more shards or segments the engine finds up to `k` in each, and `size` is 10 unless told.
 * `ef_search` is how many neighbours the HNSW search keeps in view; OpenSearch 2 takes no more than `k` otherwise, and
 * then misses up to half of the true neighbours.
 *
 * Filters stand inside the k-NN query: it then looks among the photos that fulfil them, and finds `k` if there are so
 * many. A filter outside would only take hits away from those found.
 *
 * A page further on asks for all neighbours up to its end, and leaves out those of the pages before (`from`). Up to 100
 * photos the pages are cut from the same list, as `ef_search` is the same; from there on the lists of two pages may
 * differ where HNSW has missed a neighbour.
 *
 * @param vector [dimension]
 * @param k 1 to 10,000; times `page`, too
 * @throws WorkshopError for a page beyond the first 10,000 photos, or a filter that makes no sense
 */
export function photoQuery(
  vector: Float32Array,
  k: number,
  { filter = {}, exclude = {}, page = 1 }: PhotoQueryOptions = {},
): PhotoQuery {
  const neighbours = k * page;
  if (neighbours > mostHits) {
    throw new WorkshopError(
      `Page ${page} of ${k} photos each ends beyond the ${mostHits.toLocaleString('en')} nearest photos, which is where OpenSearch ends: ` +
        'use a filter, or describe more closely what you look for.',
    );
  }
  const clauses = filterClauses(filter);
  const excluded = excludedClauses(exclude);
  const isFiltered = clauses.length > 0 || excluded.length > 0;
  return {
    size: k,
    ...(page > 1 ? { from: k * (page - 1) } : {}),
    _source: { excludes: ['embedding'] },
    query: {
      knn: {
        embedding: {
          vector: Array.from(vector),
          k: neighbours,
          method_parameters: { ef_search: Math.max(neighbours, 100) },
          ...(isFiltered ? { filter: { bool: { filter: clauses, must_not: excluded } } } : {}),
        },
      },
    },
  };
}

function excludedClauses({ ids = [], sha256 = [] }: ExcludedPhotos): FilterClause[] {
  return [
    ...(ids.length > 0 ? [{ ids: { values: [...ids] } }] : []),
    ...(sha256.length > 0 ? [{ terms: { sha256: [...sha256] } }] : []),
  ];
}

/**
 * The `k` photos in `index` that are nearest to `vector`, best first; fewer if the index holds fewer.
 *
 * @throws WorkshopError if the index is missing or holds vectors of another length; else see {@link photoQuery}
 */
export async function searchPhotos(
  client: Client,
  {
    index,
    vector,
    k = 3,
    ...options
  }: { index: string; vector: Float32Array; k?: number } & PhotoQueryOptions,
): Promise<PhotoHit[]> {
  const [spaceType, response] = await Promise.all([
    indexSpaceType(client, index),
    client.search({ index, body: photoQuery(vector, k, options) }),
  ]);
  return photoHits(response.body, spaceType);
}
