import { randomUUID } from 'node:crypto';
import type { API, Client } from '@opensearch-project/opensearch';
import { describeModel, type ModelIdentity, modelOf, readIndexInfo, whyNotRecreated } from './index-model';
import { PhotoSearchError } from './errors';
import { failedRequest } from './requests';
import type { PhotoDocument } from './stored-photos';

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

const luceneMethod = { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' } as const;

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

/** How much an index is to hold, and where. */
export interface IndexSize {
  /** The most photos you expect: shards can't be added later without copying the index. */
  photos: number;
  /** Nodes that hold data. Where that is unknown, OpenSearch decides how many replicas there are: one by default. */
  nodes?: number | undefined;
  /** The server's, such as `2.19.1`. @default 3.0 */
  version?: string | undefined;
  /** Bytes of all data nodes' memory besides Java's heap, if known. */
  availableMemory?: number | undefined;
  /** Whether the server has the native libraries of the faiss engine: OpenSearch's own distributions do. */
  native?: boolean | undefined;
}

/** What suits an index of this size. Bytes are estimates for all copies together. */
export interface IndexPlan {
  shards: number;
  /** Undefined: OpenSearch's default. */
  replicas: number | undefined;
  m: number;
  efConstruction: number;
  /** `memory`: whole vectors in the system's file cache; `disk`: one bit of each number in memory, the rest on disk. */
  mode: 'memory' | 'disk';
  refreshInterval?: string | undefined;
  /** What must be in memory for fast searches. */
  neededMemory: number;
  /** Twice what the index holds: merging writes the new before it deletes the old. */
  neededDisk: number;
}

/** A photo's fields besides its vector, in its index: measured bytes on disk, less 4 × 512. */
const fieldBytes = 400;
/** OpenSearch 2 keeps the vector as JSON too, see `photoIndexBody`: at most 17 characters a number. */
const sourceBytesPerNumber = 17;
const shardBytes = 30e9;
/**
 * Segments below this are merged early: a search looks into the graph of each. OpenSearch 3's own is 16mb. Many that come
 * at once keep a refresh waiting for their merge, ten seconds at most (`index.merge_on_flush`).
 */
export const floorSegment = '64mb';
/** From here on a node builds its graphs for hours: every node takes part. */
const manyPhotos = 1e6;

/**
 * Chooses shards, replicas, graph and memory mode for an index of `size`, and estimates what it needs:
 *
 * - at most 30 GB a shard, for quick searches (OpenSearch: 10 to 30 GiB); beyond a million photos, as many on each node;
 * - a replica where a second node can hold it;
 * - OpenSearch's own `m` and `ef_construction`: recall@10 above 0.99 up to 500,000 (measured); twice that beyond 10 million;
 * - if whole vectors do not fit into memory, one bit of each number, and a comparison with the whole vectors on disk
 *   (OpenSearch from 2.17, with native libraries);
 * - few segments, since each has a graph of its own: small ones merged early, fewer refreshes during a large upload.
 *
 * @param dimension of the vectors
 */
export function planIndex(dimension: number, size: IndexSize): IndexPlan {
  const { photos, nodes, version = '3.0', availableMemory = Infinity } = size;
  const [major = 3, minor = 0] = version.split('.').map(Number);
  const copies = nodes === 1 ? 1 : 2;
  const [m, efConstruction] = photos > 10 * manyPhotos ? [32, 200] : [16, 100];
  const inMemory = (bytesOfVector: number) => 1.1 * (bytesOfVector + 8 * m) * photos * copies;
  const diskMode = size.native === true && (major > 2 || minor >= 17);
  const mode = diskMode && inMemory(4 * dimension) > availableMemory ? 'disk' : 'memory';
  const perPhoto = 4 * dimension + 8 * m + fieldBytes + (major < 3 ? sourceBytesPerNumber * dimension : 0);
  const bySize = Math.ceil((photos * perPhoto) / shardBytes);
  const shards = photos > manyPhotos ? (nodes ?? 1) * Math.ceil(bySize / (nodes ?? 1)) : 1;
  return {
    shards,
    replicas: nodes && copies - 1,
    m,
    efConstruction,
    mode,
    ...(photos > manyPhotos / 10 && { refreshInterval: '30s' }),
    neededMemory: inMemory(mode === 'disk' ? dimension / 8 : 4 * dimension),
    neededDisk: 2 * photos * perPhoto * copies,
  };
}

/** What creating an index answers: the server's own words, or what is there already. */
export type CreatedIndex =
  | { acknowledged: boolean; shards_acknowledged: boolean; index: string }
  | {
      index: string;
      already_there: true;
      photos: number;
      model: string;
      /** A sentence if its vectors are kept differently from what the body says, such as by another engine. */
      differs?: string | undefined;
      start_over: string;
    };

/**
 * Creates `index` with `body`; an index that is there already is left as it is, unless `recreate` is set, which
 * deletes it first, photos and all. A body that would be refused, by itself or by an index template, deletes nothing; a
 * template for this one name is noticed too late.
 *
 * @returns the server's `{ acknowledged, shards_acknowledged, index }`, or what the index that is there holds
 * @throws PhotoSearchError if the server refuses, with its reason; if `index` is an alias or a data stream, which
 * can't be recreated; if what is there can't be used, see `indexModel`
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
    const differences = differing(
      body.mappings?.properties?.embedding,
      found.mappings?.properties?.embedding,
      'embedding',
    );
    const differs = `It stores its vectors differently from the body: ${differences.join(', ')}.`;
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
function differing(wanted: unknown, found: unknown, name: string): string[] {
  if (typeof wanted === 'object' && wanted !== null) {
    return Object.entries(wanted).flatMap(([key, value]) =>
      differing(value, (found as Record<string, unknown> | undefined)?.[key], `${name}.${key}`),
    );
  }
  const should = JSON.stringify(wanted);
  const is = found === undefined ? 'not set' : JSON.stringify(found);
  return should === is ? [] : [`${name} is ${is} instead of ${should}`];
}
