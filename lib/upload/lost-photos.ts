import type { Client } from '@opensearch-project/opensearch';
import type { ModelIdentity } from '../model-identity';
import type { Photo } from '../photos';
import { isStored, readStoredPhotos } from './stored-photos';

/** A photo that OpenSearch said it took. */
export interface WrittenPhoto {
  photo: Photo;
  sha256: string;
  /** What it counts as. */
  counts: 'indexed' | 'replaced' | 'moved';
  /** The `_id` that it had before it was renamed. */
  movedFrom?: string;
}

/**
 * Compares what was written with what `index` holds: an ingest pipeline may drop a document, or change it, and
 * OpenSearch then still answers that it was taken.
 *
 * @returns the photos that are not there as they were sent, and why
 */
export async function findLostPhotos(
  client: Client,
  index: string,
  written: readonly WrittenPhoto[],
  identity: ModelIdentity,
): Promise<{ lost: WrittenPhoto[]; reason: string }> {
  if (written.length === 0) return { lost: [], reason: '' };
  const stored = await readStoredPhotos(client, index, identity);
  const lost = written.filter(({ photo, sha256 }) => {
    const found = stored.get(photo.id);
    return !found || !isStored(found, photo, sha256);
  });
  return { lost, reason: lost.length > 0 ? await whoChangesDocuments(client, index) : '' };
}

async function whoChangesDocuments(client: Client, index: string): Promise<string> {
  const { body } = await client.indices.getSettings({ index, flat_settings: true });
  const settings = Object.values(body)[0]?.settings;
  const pipelines = ['index.default_pipeline', 'index.final_pipeline'].filter(
    (name) => (settings?.[name] ?? '_none') !== '_none',
  );
  const taken = 'OpenSearch took it, but the index does not hold it as it was sent';
  if (pipelines.length === 0) {
    return `${taken}: did another program change or delete it meanwhile?`;
  }
  const named = pipelines.map((name) => `'${settings?.[name] ?? ''}' (${name})`).join(' and ');
  const off = pipelines.map((name) => `"${name}": null`).join(', ');
  return (
    `${taken}: the index's ingest pipeline ${named} drops or changes documents. ` +
    `Take it off the index with PUT ${index}/_settings { ${off} }`
  );
}
