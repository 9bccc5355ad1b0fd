import type { Client } from '@opensearch-project/opensearch';

/** Vectors that are read at a time, about 10 kB of JSON each. */
const vectorsPerRequest = 200;

/**
 * The stored vectors of documents.
 *
 * @returns [dimension] for each of `ids`, undefined where a document is gone or has no vector
 */
export async function readVectors(
  client: Client,
  index: string,
  ids: readonly string[],
): Promise<(Float32Array | undefined)[]> {
  const vectors: (Float32Array | undefined)[] = [];
  for (let from = 0; from < ids.length; from += vectorsPerRequest) {
    const { body } = await client.mget({
      index,
      body: { ids: ids.slice(from, from + vectorsPerRequest) },
      _source_includes: ['embedding'],
    });
    for (const answer of body.docs) {
      const source = ('_source' in answer ? answer._source : {}) as { embedding?: unknown } | undefined;
      const embedding = source?.embedding;
      vectors.push(Array.isArray(embedding) ? Float32Array.from(embedding as number[]) : undefined);
    }
  }
  return vectors;
}
