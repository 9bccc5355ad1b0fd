import type { Client, API } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { sendBulk } from '../../lib/opensearch/bulk';
import { stopRequest } from '../../lib/opensearch/patiently';
import { float32Json } from '../../lib/vectors';
import type { LabConfiguration } from './configurations';

/**
 * The body of an index for vectors of `dimension` numbers, in one shard. Nothing of the documents themselves is
 * kept, so its size is that of the vectors and of what finds them.
 *
 * @param method without it, vectors are only kept, for a comparison with every one
 */
export function labIndexBody(dimension: number, method: LabConfiguration['method']): API.Indices_Create_RequestBody {
  return {
    settings: {
      index: {
        knn: method !== undefined,
        number_of_shards: 1,
        number_of_replicas: 0,
        refresh_interval: '-1',
        // Otherwise its size is what it was up to ten seconds ago.
        store: { type: 'fs', stats_refresh_interval: '0s' },
      },
    },
    mappings: {
      dynamic: 'strict',
      // The client's types do not know the second: without it, the JSON that was sent is kept for a while.
      _source: { enabled: false, recovery_source_enabled: false } as { enabled: boolean },
      properties: { embedding: { type: 'knn_vector', dimension, method } },
    },
  };
}

/** About 3 MB of JSON for vectors of 512. */
const vectorsPerRequest = 400;
/** Merging 50,000 vectors into one graph takes minutes on a small machine. */
const mergeTimeoutMs = 1_200_000;

export interface FilledIndex {
  /** From the first vector sent to the last segment merged. */
  buildSeconds: number;
  /** All that the index's files hold, divided by the number of vectors. */
  bytesPerVector: number;
}

/**
 * Brings vectors into an empty index and merges them into one segment; the `_id` is the vector's position.
 *
 * @throws RequestError if the server fails; PhotoSearchError if it refuses vectors; the signal's reason once that is
 * aborted
 */
export async function fillIndex(
  client: Client,
  index: string,
  {
    vectors,
    signal,
    onSent,
  }: {
    vectors: readonly Float32Array[];
    signal: AbortSignal;
    /** @param done vectors sent so far */
    onSent: (done: number) => void;
  },
): Promise<FilledIndex> {
  const begin = performance.now();
  for (let from = 0; from < vectors.length; from += vectorsPerRequest) {
    signal.throwIfAborted();
    const operations = vectors
      .slice(from, from + vectorsPerRequest)
      .map((vector, i) => ({ id: String(from + i), document: `{"embedding":${float32Json(vector)}}` }));
    const { refused } = await sendBulk(client, operations, { index, patienceMs: 30_000, signal });
    signal.throwIfAborted();
    const [first] = refused;
    if (first) throw new PhotoSearchError(`${refused.length} vectors were refused: ${first.reason}.`);
    onSent(Math.min(from + vectorsPerRequest, vectors.length));
  }
  await mergeSegments(client, index, signal);
  const buildSeconds = (performance.now() - begin) / 1000;
  await client.indices.refresh({ index });
  await client.indices.flush({ index });
  const stats = await client.indices.stats({ index, metric: 'store' });
  const bytes = Number(stats.body._all.primaries.store?.size_in_bytes);
  return { buildSeconds, bytesPerVector: bytes / vectors.length };
}

/** One segment has one graph: what an index that is no longer written to comes to. */
async function mergeSegments(client: Client, index: string, signal: AbortSignal): Promise<void> {
  const request = client.indices.forcemerge(
    { index, max_num_segments: 1 },
    { requestTimeout: mergeTimeoutMs, maxRetries: 0 },
  );
  await stopRequest(request, signal);
}
