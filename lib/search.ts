import type { API, Client, Types } from '@opensearch-project/opensearch';
import { PhotoSearchError } from './errors';
import type { ModelIdentity } from './model/model-identity';
import { assertSameModel, indexModel } from './opensearch/index-model';
import { creditKeys, type PhotoCredit } from './photo/photo-credits';

/** Which of the nearest photos. */
export interface PhotoQueryOptions {
  /** Searches only among the photos that match this condition, in OpenSearch's query language. */
  filter?: FilterClause | undefined;
  /** 1 for the `k` nearest photos, 2 for the next `k`, and so on. */
  page?: number | undefined;
}

/** A condition in OpenSearch's query language. */
export type FilterClause = Types.Common_QueryDsl.QueryContainer;

/** OpenSearch returns no hits beyond this (`index.max_result_window`), and accepts no larger `k`. */
export const mostHits = 10_000;

/**
 * The k-NN query: the `k` photos whose vectors are nearest to `vector`.
 *
 * - `size` is always `k`: the engine finds up to `k` in each shard, and the default `size` is 10.
 * - `ef_search` is how many neighbours the HNSW search keeps in view. OpenSearch 2 would keep only `k`, and miss up to
 *   half of the true neighbours.
 * - Filters go inside the k-NN query, which then finds `k` that match, if there are that many. A filter outside would
 *   only drop hits.
 * - Later pages ask for all neighbours up to their end, and skip those of earlier pages (`from`). Up to 100 photos, all
 *   pages come from the same list, since `ef_search` is the same; beyond that, HNSW may miss others on each.
 *
 * @param vector [dimension]
 * @param k 1 to 10,000; `k` times `page` has the same limit
 * @throws PhotoSearchError for a page beyond the first 10,000 photos
 */
export function photoQuery(
  vector: Float32Array,
  k: number,
  { filter, page = 1 }: PhotoQueryOptions = {},
): API.Search_RequestBody {
  const neighbours = k * page;
  if (neighbours > mostHits) {
    throw new PhotoSearchError(
      `Page ${page} of ${k} photos each ends beyond the ${mostHits.toLocaleString('en')} nearest photos, which is OpenSearch's limit: ` +
        'use a filter, or a more precise text.',
    );
  }
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
          ...(filter && { filter }),
        },
      },
    },
  };
}

/**
 * The `k` photos in `index` that are nearest to `vector`, best first; fewer if the index holds fewer.
 *
 * @param options `identity`: the model that made `vector`. Vectors of two models can't be compared, but OpenSearch compares
 * any of one length. This costs another small request.
 * @throws with `identity`, PhotoSearchError if the index holds vectors of another model, and as {@link indexModel}; without
 * it, the client's error if the index is missing or holds vectors of another length; see {@link photoQuery} and
 * {@link indexSpaceType}, too
 */
export async function searchPhotos(
  client: Client,
  {
    index,
    vector,
    k = 3,
    identity,
    ...options
  }: { index: string; vector: Float32Array; k?: number; identity?: ModelIdentity | undefined } & PhotoQueryOptions,
): Promise<PhotoHit[]> {
  if (identity) assertSameModel(index, await indexModel(client, index), identity);
  const [spaceType, response] = await Promise.all([
    indexSpaceType(client, index),
    client.search({ index, body: photoQuery(vector, k, options) }),
  ]);
  return photoHits(response.body, spaceType);
}

/** One photo that a search found. Only `id` and `cosine` are certain: an index may have been filled by anyone. */
export interface PhotoHit extends PhotoCredit {
  id: string;
  /** Cosine of the angle between the query's vector and the photo's, -1 to 1; NaN if the search gave no score. */
  cosine: number;
  image_url?: string | undefined;
  /** Its path as its owner writes it, where an application sets it: the grid shows it in place of `image_url`. */
  path?: string | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

/** The part of a search's response that {@link photoHits} reads. */
export interface PhotoSearchResponse {
  hits: { hits: { _id?: string; _score?: unknown; _source?: unknown }[] };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * The photos in a search's response, best first, with the score turned back into a cosine.
 *
 * @param spaceType what `indexSpaceType` tells; default: what `photoIndexBody` sets, unless vectors lie on disk
 */
export function photoHits(response: PhotoSearchResponse, spaceType: SpaceType = 'cosinesimil'): PhotoHit[] {
  return response.hits.hits.map(({ _id, _score, _source }): PhotoHit => {
    const source = (_source ?? {}) as Record<string, unknown>;
    const credit: PhotoCredit = Object.fromEntries(creditKeys.map((key) => [key, text(source[key])]));
    return {
      id: _id ?? '',
      cosine: cosineFromScore(number(_score) ?? NaN, spaceType),
      image_url: text(source.image_url),
      ...credit,
      width: number(source.width),
      height: number(source.height),
    };
  });
}

/** Space types whose scores can be turned into cosines, for vectors of length 1. */
export type SpaceType = 'cosinesimil' | 'innerproduct' | 'l2';

const cosines: Record<SpaceType, (score: number) => number> = {
  cosinesimil: (score) => 2 * score - 1,
  innerproduct: (score) => (score >= 1 ? score - 1 : 1 - 1 / score),
  l2: (score) => 1 - (1 / score - 1) / 2,
};

/**
 * Turns the score of a k-NN query back into the cosine of the angle between two vectors. Scores are never negative, and
 * a larger one is nearer, so each space type has its own formula:
 *
 * | space type     | score                                            |
 * | -------------- | ------------------------------------------------ |
 * | `cosinesimil`  | (1 + cosine) / 2                                 |
 * | `innerproduct` | 1 + x·y if x·y ≥ 0, else 1 / (1 − x·y)           |
 * | `l2`           | 1 / (1 + d²), where d² = 2 − 2 cosine            |
 *
 * The last two hold only for vectors of length 1, as a `Clip` makes them. Exact search by script has other scores.
 * Source: "Spaces" in the k-NN part of OpenSearch's documentation, for the engines lucene and faiss.
 *
 * @param score of a hit, above 0
 * @returns -1 to 1, as exact as the score, a 32-bit float
 */
export function cosineFromScore(score: number, spaceType: SpaceType): number {
  return cosines[spaceType](score);
}

/**
 * The space type of `index`, from its mapping; OpenSearch's default is `l2`.
 *
 * @throws PhotoSearchError if its scores can't be turned into cosines; the client's error if the index is missing
 */
export async function indexSpaceType(client: Client, index: string): Promise<SpaceType> {
  const { body } = await client.indices.getMapping({ index });
  const embedding = Object.values(body)[0]?.mappings.properties?.embedding as
    { space_type?: string; method?: { space_type?: string } } | undefined;
  const spaceType = embedding?.method?.space_type ?? embedding?.space_type ?? 'l2';
  if (Object.hasOwn(cosines, spaceType)) return spaceType as SpaceType;
  throw new PhotoSearchError(
    `Index '${index}' has space type '${spaceType}': its scores can't be turned into cosines.`,
    { code: 'index-unusable' },
  );
}
