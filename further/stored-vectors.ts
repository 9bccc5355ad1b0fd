import type { Client } from '@opensearch-project/opensearch';

/** The vector in a document's `_source`, [dimension]; undefined if it has none. */
export function vectorOf(source: unknown): Float32Array | undefined {
  const { embedding } = (source ?? {}) as { embedding?: unknown };
  return Array.isArray(embedding) ? Float32Array.from(embedding as number[]) : undefined;
}

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
    vectors.push(...body.docs.map((answer) => ('_source' in answer ? vectorOf(answer._source) : undefined)));
  }
  return vectors;
}
