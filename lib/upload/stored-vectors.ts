import type { Client } from '@opensearch-project/opensearch';
import { describeModel, type ModelIdentity } from '../model/identity';
import type { ColourName } from '../photos/colours';

/** A stored vector that is wanted for a file with the same content. */
export interface WantedVector {
  /** The document that has it. */
  id: string;
  /** The content that it must have been made from. */
  sha256: string;
}

/** What there is already for a file's content. */
export interface StoredVector {
  /** [dimension] */
  vector: Float32Array;
  colours?: ColourName[];
}

/**
 * Reads vectors back from `index`, bit for bit as they were uploaded, so that a renamed photo needs no encoding.
 * OpenSearch 3 puts them together from the k-NN index itself; its `_source` holds no second copy.
 *
 * @param wanted up to about 100, each some 7 kB
 * @returns for each wanted one its vector, [dimension], with the photo's colours if they are stored too; undefined where the document is gone, or by now has another content
 */
export async function readStoredVectors(
  client: Client,
  index: string,
  wanted: WantedVector[],
  identity: ModelIdentity,
): Promise<(StoredVector | undefined)[]> {
  const model = describeModel(identity);
  const { body } = await client.mget({
    index,
    body: { ids: wanted.map(({ id }) => id) },
    _source_includes: ['embedding', 'colours', 'sha256', 'model'],
  });
  return wanted.map(({ sha256 }, at) => {
    const answer = body.docs[at];
    const source = (answer && '_source' in answer ? answer._source : {}) as
      | { embedding?: unknown; colours?: ColourName[]; sha256?: unknown; model?: unknown }
      | undefined;
    if (source?.sha256 !== sha256 || source.model !== model) return undefined;
    const { embedding } = source;
    if (!Array.isArray(embedding) || embedding.length !== identity.dimension) return undefined;
    const vector = Float32Array.from(embedding as number[]);
    return vector.every(Number.isFinite) ? { vector, colours: source.colours } : undefined;
  });
}
