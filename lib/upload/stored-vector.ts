import type { Client } from '@opensearch-project/opensearch';
import { RequestError } from '../errors';
import { describeModel, type ModelIdentity } from '../model-identity';
import { stopRequest } from './stop-request';
import type { ColourName } from '../photos/colours';

/** A stored vector that is wanted for a file with the same content. */
export interface WantedVector {
  index: string;
  /** The document that has it. */
  id: string;
  /** The content that it must have been made from. */
  sha256: string;
  /** The model that it must have been made by. */
  identity: ModelIdentity;
}

/** What there is already for a file's content. */
export interface StoredVector {
  /** [dimension] */
  vector: Float32Array;
  colours: ColourName[];
}

/**
 * Reads a vector back, bit for bit as it was uploaded, and the photo's colours: a renamed photo needs no encoding.
 * OpenSearch 3 puts it together from the k-NN index itself; its `_source` holds no second copy.
 *
 * @returns undefined where the document is gone, or by now has another content
 * @throws RequestError if the server fails; the signal's reason once that is aborted
 */
export async function readStoredVector(
  client: Client,
  { index, id, sha256, identity }: WantedVector,
  signal: AbortSignal,
): Promise<StoredVector | undefined> {
  const _source = ['embedding', 'colours', 'sha256', 'model'];
  let found: Record<string, unknown>;
  try {
    const { body } = await stopRequest(client.get({ index, id, _source }), signal);
    found = (body._source ?? {}) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof RequestError && error.statusCode === 404) return undefined;
    throw error;
  }
  const { embedding, colours } = found;
  if (found.sha256 !== sha256 || found.model !== describeModel(identity)) return undefined;
  if (!Array.isArray(embedding) || embedding.length !== identity.dimension) return undefined;
  if (!Array.isArray(colours)) return undefined;
  const vector = Float32Array.from(embedding as number[]);
  return vector.every(Number.isFinite) ? { vector, colours: colours as ColourName[] } : undefined;
}
