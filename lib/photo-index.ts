import type { API, Client } from '@opensearch-project/opensearch';
import { describeModel, type ModelIdentity } from './model/identity';
import { RequestError, WorkshopError } from './errors';
import { readIndexInfo, whyNotRecreated } from './index-info';
import { indexModel } from './index-model';

/**
 * The properties of a photo's document beside `embedding` and `image_url`: what the grid shows, what filters ask
 * for, and what an upload needs to see whether a photo has changed. Addresses are kept but not searched.
 */
export const photoFields = {
  title: { type: 'text' },
  author: { type: 'keyword' },
  licence: { type: 'keyword' },
  licence_url: { type: 'keyword', index: false, doc_values: false },
  source_url: { type: 'keyword', index: false, doc_values: false },
  folder: { type: 'keyword' },
  orientation: { type: 'keyword' },
  colours: { type: 'keyword' },
  width: { type: 'integer' },
  height: { type: 'integer' },
  bytes: { type: 'long' },
  taken: { type: 'date' },
  sha256: { type: 'keyword' },
  model: { type: 'keyword' },
} as const;

/** The body that creates an index: what notebook 1 writes out by hand. */
export type PhotoIndexBody = API.Indices_Create_RequestBody;

/**
 * The request body of an index of photos that supports k-NN: vectors of `identity.dimension`, compared by cosine, in
 * an HNSW graph of the lucene engine, which needs no native library and works on OpenSearch 2 and 3 alike.
 * `dynamic: 'strict'` refuses a misspelt field instead of guessing a type for it.
 *
 * OpenSearch 3 keeps each vector once, and puts it back into `_source` when that is read (derived source: 4.1 MB for
 * 1,000 photos instead of 12.6). OpenSearch 2 keeps it in `_source` too; excluding it there would lose the vector at
 * the first partial update of its document, such as a corrected title.
 */
export function photoIndexBody(identity: ModelIdentity): PhotoIndexBody {
  return {
    settings: { index: { knn: true } },
    mappings: {
      _meta: { ...identity },
      dynamic: 'strict',
      properties: {
        embedding: {
          type: 'knn_vector',
          dimension: identity.dimension,
          method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' },
        },
        image_url: { type: 'keyword' },
        ...photoFields,
      },
    },
  };
}

/** What creating an index answers: the server's own words, or what is there already. */
export type CreatedIndex =
  | { acknowledged: boolean; shards_acknowledged: boolean; index: string }
  | { index: string; already_there: true; photos: number; model: string; start_over: string };

/**
 * Creates `index` with `body`; an index that is there already is left as it is, unless `recreate` is set, which
 * deletes it first, photos and all. A body that would be refused deletes nothing.
 *
 * @returns the server's `{ acknowledged, shards_acknowledged, index }`, or what the index that is there holds
 * @throws WorkshopError if the server refuses, with its reason; if `index` is an alias or a data stream, which
 * can't be made again; if what is there can't be used, see `indexModel`
 */
export async function createPhotoIndex(
  client: Client,
  { index, body, recreate = false }: { index: string; body: PhotoIndexBody; recreate?: boolean },
): Promise<CreatedIndex> {
  const found = await readIndexInfo(client, index);
  const fixed = found && whyNotRecreated(found);
  if (found && recreate) {
    if (fixed !== undefined) throw new WorkshopError(fixed);
    await assertMakesIndex(client, index, body);
    await client.indices.delete({ index, ignore_unavailable: true });
  } else if (found) {
    const [identity, count] = await Promise.all([
      indexModel(client, index),
      client.count({ index }),
    ]);
    return {
      index,
      already_there: true,
      photos: count.body.count,
      model: describeModel(identity),
      start_over: fixed ?? 'set recreate to true',
    };
  }
  const created = await client.indices.create({ index, body });
  return created.body;
}

/** Has the server check `body`, before what is there is deleted to make room for it. */
async function assertMakesIndex(
  client: Client,
  index: string,
  body: PhotoIndexBody,
): Promise<void> {
  const template = {
    index_patterns: [`${index}-is-not-made`],
    priority: Number.MAX_SAFE_INTEGER, // two templates that fit one name must not have the same
    template: body,
  };
  try {
    await client.indices.simulateTemplate({ body: template });
  } catch (error) {
    // Whoever may make an index may not always ask this.
    if (error instanceof RequestError && error.statusCode !== 400) return;
    throw error;
  }
}
