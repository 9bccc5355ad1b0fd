import { randomUUID } from 'node:crypto';
import type { API, Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from './errors';
import { failedRequest } from './opensearch/failed-request';
import { readIndexInfo, whyNotRecreated } from './opensearch/index-info';
import { describeModel, type ModelIdentity } from './model/model-identity';
import { modelOf } from './opensearch/index-model';
import type { PhotoDocument } from './opensearch/photo-document';
import { floorSegment, type IndexPlan, type IndexSize, planIndex } from './opensearch/plan-index';

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
} as const satisfies Record<Exclude<keyof PhotoDocument, 'image_url'>, object>;

/** The body that creates an index. */
export type PhotoIndexBody = API.Indices_Create_RequestBody;

/**
 * The request body of an index of photos that supports k-NN: vectors of `identity.dimension`, compared by cosine, in
 * an HNSW graph of the lucene engine, which needs no native library and works on OpenSearch 2 and 3 alike.
 * `dynamic: 'strict'` refuses a misspelt field instead of guessing a type for it.
 *
 * OpenSearch 3 keeps each vector once, and puts it back into `_source` when that is read (derived source: 2.4 MB for
 * 1,000 photos). OpenSearch 2 keeps it in `_source` too, 8 MB more; excluding it there would lose the vector at
 * the first partial update of its document, such as a corrected title.
 *
 * @param size how much it is to hold, and on what: then shards, replicas, graph and memory mode are chosen for that,
 *   see `planIndex`; without it they are OpenSearch's own
 */
export function photoIndexBody(identity: ModelIdentity, size?: IndexSize): PhotoIndexBody {
  const plan = size && planIndex(identity.dimension, size);
  return {
    settings: { index: { knn: true, ...(plan && plannedSettings(plan)) } },
    mappings: {
      _meta: { ...identity },
      dynamic: 'strict',
      properties: {
        embedding: {
          type: 'knn_vector',
          dimension: identity.dimension,
          ...(plan ? plannedVectors(plan) : { method: luceneMethod }),
        },
        image_url: { type: 'keyword' },
        ...photoFields,
      },
    },
  };
}

/** How vectors are indexed where nothing else is asked for. */
export const luceneMethod = { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' } as const;

function plannedSettings({ shards, replicas, refreshInterval }: IndexPlan) {
  return {
    number_of_shards: shards,
    'merge.policy.floor_segment': floorSegment,
    ...(replicas !== undefined && { number_of_replicas: replicas }),
    ...(refreshInterval !== undefined && { refresh_interval: refreshInterval }),
  };
}

function plannedVectors({ mode, m, efConstruction }: IndexPlan) {
  const parameters = { m, ef_construction: efConstruction };
  if (mode === 'memory') return { method: { ...luceneMethod, parameters } };
  // The vectors have length 1, so their inner product is the cosine; not every version's faiss knows cosine.
  return {
    mode: 'on_disk',
    compression_level: '32x',
    method: { name: 'hnsw', engine: 'faiss', space_type: 'innerproduct', parameters } as const,
  } as const;
}

/** What creating an index answers: the server's own words, or what is there already. */
export type CreatedIndex =
  | { acknowledged: boolean; shards_acknowledged: boolean; index: string }
  | {
      index: string;
      already_there: true;
      photos: number;
      model: string;
      /** A sentence if its fields differ from what the body says: another engine for its vectors, or a field that is missing. */
      differs?: string | undefined;
      start_over: string;
    };

/**
 * Creates `index` with `body`; an index that is there already is left as it is, unless `recreate` is set, which
 * deletes it first, photos and all. A body that would be refused, by itself or by an index template, deletes nothing; a
 * template for this one name is noticed too late.
 *
 * @returns the server's `{ acknowledged, shards_acknowledged, index }`, or what the index that is there holds
 * @throws PhotoSearchError if `index` is an alias or a data stream, which can't be recreated; if what is there can't be
 * used, see `indexModel`; the client's error if the server refuses
 */
export async function createPhotoIndex(
  client: Client,
  { index, body, recreate = false }: { index: string; body: PhotoIndexBody; recreate?: boolean },
): Promise<CreatedIndex> {
  const found = await readIndexInfo(client, index);
  const fixed = found && whyNotRecreated(found);
  if (found && recreate) {
    if (fixed !== undefined) throw new PhotoSearchError(fixed, { code: 'index-is-alias' });
    await assertMakesIndex(client, index, body);
    await client.indices.delete({ index, ignore_unavailable: true });
  } else if (found) {
    const identity = modelOf(index, found);
    const { count } = (await client.count({ index })).body;
    const differences = differing(body.mappings?.properties, found.mappings?.properties);
    const differs = `Its fields differ from the body's: ${differences.join(', ')}.`;
    return {
      index,
      already_there: true,
      photos: count,
      model: describeModel(identity),
      ...(differences.length > 0 && { differs }),
      start_over: fixed ?? 'set recreate to true',
    };
  }
  try {
    return (await client.indices.create({ index, body })).body;
  } catch (error) {
    if (failedRequest(error)?.type !== 'resource_already_exists_exception') throw error;
    return createPhotoIndex(client, { index, body }); // another program was a little faster
  }
}

/**
 * Has the server make an index of `body` beside `index`, and deletes it, before what is there is deleted to make room.
 * Only a trial shows what index templates for names of this kind would make of it.
 */
async function assertMakesIndex(client: Client, index: string, body: PhotoIndexBody): Promise<void> {
  // Templates go by how a name begins; 255 bytes are the most.
  const trial = `${index.slice(0, 50)}-recreate-trial-${randomUUID()}`;
  try {
    await client.indices.create({ index: trial, body, wait_for_active_shards: '0' });
  } catch (error) {
    // The user may be allowed to make this index, but no other. A full disk has the same status.
    const { statusCode, type = '' } = failedRequest(error) ?? {};
    if (statusCode !== 403 || type.includes('block')) throw error;
  } finally {
    await client.indices.delete({ index: trial, ignore_unavailable: true }, { ignore: [403] });
  }
}

/** How `found` differs from `wanted`, key by key. */
function differing(wanted: unknown, found: unknown, path: readonly string[] = []): string[] {
  if (wanted === undefined) return [];
  if (typeof wanted === 'object' && wanted !== null && (found !== undefined || path.length === 0)) {
    return Object.entries(wanted).flatMap(([key, value]) =>
      differing(value, (found as Record<string, unknown> | undefined)?.[key], [...path, key]),
    );
  }
  const name = path.join('.');
  if (found === undefined) return [`${name} is missing`];
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  return should === is ? [] : [`${name} is ${is} instead of ${should}`];
}
