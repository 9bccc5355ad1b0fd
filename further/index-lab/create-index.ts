import type { API, Client } from '@opensearch-project/opensearch';
import type { LabConfiguration } from './configurations';

/**
 * Makes an empty index for vectors of `dimension` numbers, in one shard. Nothing is to be kept of the documents
 * themselves, so that its size is that of the vectors and of what finds them.
 *
 * @param method without it, vectors are only kept, for a comparison with every one
 * @throws RequestError if the server does not know the method
 */
export async function createLabIndex(
  client: Client,
  index: string,
  { dimension, method }: { dimension: number; method: LabConfiguration['method'] },
): Promise<void> {
  const body: API.Indices_Create_RequestBody = {
    settings: {
      index: {
        knn: method !== undefined,
        number_of_shards: 1,
        number_of_replicas: 0,
        refresh_interval: '-1',
      },
    },
    mappings: {
      dynamic: 'strict',
      // The client's types do not know the second: without it, the JSON that was sent is kept for a while.
      _source: { enabled: false, recovery_source_enabled: false } as { enabled: boolean },
      properties: { embedding: { type: 'knn_vector', dimension, ...(method && { method }) } },
    },
  };
  await client.indices.create({ index, body });
}
