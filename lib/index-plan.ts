/** How much an index is to hold, and where. */
export interface IndexSize {
  /** At most, as far as one can tell: shards can't be added later without a copy. */
  photos: number;
  /** Nodes that hold data. @default 1 */
  nodes?: number | undefined;
  /** The server's, such as `2.19.1`. @default 3.0 */
  version?: string | undefined;
  /** Bytes of all data nodes' memory beside Java's heap, and of their free disk, as far as known; see `readCluster`. */
  memory?: number | undefined;
  disk?: number | undefined;
  /** Whether the server has the native libraries of the faiss engine: OpenSearch's distributions do, the workshop's own not. */
  native?: boolean | undefined;
}

/** One decision, and why. */
export interface IndexChoice {
  setting: string;
  value: string | number;
  /** What for, and where that comes from. */
  why: string;
}

/** What suits an index of this size. Estimates in bytes, of all copies together. */
export interface IndexPlan {
  shards: number;
  replicas: number;
  m: number;
  efConstruction: number;
  /** `memory`: whole vectors in the system's file cache; `disk`: one bit of each number in memory, the rest on disk. */
  mode: 'memory' | 'disk';
  refreshInterval?: string | undefined;
  /** What has to be in memory for quick searches. */
  memory: number;
  /** Twice what the index holds: merging writes the new before it deletes the old. */
  disk: number;
  choices: IndexChoice[];
  /** A sentence where the cluster has too little. */
  tooSmall?: string | undefined;
}

/** A photo's fields beside its vector, in its index: `npm run bench:scale`, bytes_per_photo less 4 × 512. */
const fieldBytes = 400;
/** OpenSearch 2 keeps the vector as JSON too: 12.6 MB for 1,000 photos of 512 instead of 4.1, see `photoIndexBody`. */
const sourceBytesPerNumber = 17;
const shardBytes = 30e9;
/** From here on a node builds its graphs for hours: every node takes part. */
const manyPhotos = 1e6;

/**
 * Chooses shards, replicas, graph and memory mode for an index of `size`, and estimates what it takes.
 *
 * @param dimension of the vectors
 */
export function planIndex(dimension: number, size: IndexSize): IndexPlan {
  const { photos, nodes = 1, version = '3.0', memory = Infinity, disk = Infinity } = size;
  const [major = 3, minor = 0] = version.split('.').map(Number);
  const replicas = nodes > 1 ? 1 : 0;
  const copies = 1 + replicas;
  const [m, efConstruction] = photos > 10 * manyPhotos ? [32, 200] : [16, 100];
  const inMemory = (bytesOfVector: number) => 1.1 * (bytesOfVector + 8 * m) * photos * copies;
  const diskMode = size.native === true && (major > 2 || minor >= 17);
  const mode = diskMode && inMemory(4 * dimension) > memory ? 'disk' : 'memory';
  const perPhoto =
    4 * dimension + 8 * m + fieldBytes + (major < 3 ? sourceBytesPerNumber * dimension : 0);
  const bySize = Math.ceil((photos * perPhoto) / shardBytes);
  const shards = photos > manyPhotos ? nodes * Math.ceil(bySize / nodes) : 1;
  const needed = {
    memory: inMemory(mode === 'disk' ? dimension / 8 : 4 * dimension),
    disk: 2 * photos * perPhoto * copies,
  };
  const lacks = (['memory', 'disk'] as const).filter(
    (kind) => needed[kind] > { memory, disk }[kind],
  );
  const have = { memory: 'memory beside their Java heap', disk: 'free disk' };
  const choices: IndexChoice[] = [
    {
      setting: 'number_of_shards',
      value: shards,
      why: 'at most 30 GB each, for quick searches (OpenSearch: 10 to 30 GiB); beyond a million photos, as many on each node',
    },
    {
      setting: 'number_of_replicas',
      value: replicas,
      why: 'a second copy outlives the loss of a node and answers half of the searches; one node could not hold it',
    },
    {
      setting: 'm, ef_construction',
      value: `${m}, ${efConstruction}`,
      why: "OpenSearch's defaults: recall@10 above 0.99 up to 100,000; twice that beyond 10 million, not measured here",
    },
    {
      setting: 'engine',
      value: mode === 'disk' ? 'faiss, on_disk 32x' : 'lucene',
      why:
        mode === 'disk'
          ? 'whole vectors do not fit into memory: one bit of each number does, and what it finds is compared with the whole vectors on disk (OpenSearch from 2.17)'
          : 'whole vectors: no loss; lucene filters while it searches, and needs no native libraries',
    },
    {
      setting: 'refresh_interval',
      value: photos > manyPhotos / 10 ? '30s' : '1s',
      why: 'each refresh makes a segment with a graph of its own: while much is loaded, fewer of them (an upload refreshes at its end)',
    },
  ];
  return {
    ...{ shards, replicas, m, efConstruction, mode, choices, ...needed },
    ...(photos > manyPhotos / 10 && { refreshInterval: '30s' }),
    ...(lacks.length > 0 && {
      tooSmall:
        `${photos.toLocaleString('en')} photos will not fit: ` +
        lacks
          .map(
            (kind) =>
              `they need ${gigabytes(needed[kind])} of ${kind} in ${copies === 1 ? '1 copy' : '2 copies'}, and the nodes have ${gigabytes({ memory, disk }[kind])} of ${have[kind]}`,
          )
          .join('; ') +
        '. Add nodes, or take larger ones.',
    }),
  };
}

/** The plan as a table of text: each setting, its value, and why; then what it takes. */
export function explainIndex({ choices, memory, disk, tooSmall }: IndexPlan): string {
  const width = (of: (choice: IndexChoice) => string) =>
    Math.max(...choices.map((c) => of(c).length));
  const [settings, values] = [width((c) => c.setting), width((c) => String(c.value))];
  return [
    ...choices.map(
      (c) => `${c.setting.padEnd(settings)}  ${String(c.value).padEnd(values)}  ${c.why}`,
    ),
    `It takes about ${gigabytes(memory)} of memory and ${gigabytes(disk)} of disk (estimates).`,
    ...(tooSmall === undefined ? [] : [tooSmall]),
  ].join('\n');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(bytes < 1e9 ? 2 : 3)} GB`;
}
