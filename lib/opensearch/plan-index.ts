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
  const shards = photos > manyPhotos ? (nodes ?? 1) * Math.ceil(bySize / (nodes ?? 1)) : Math.max(1, bySize);
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
