import type { Client } from '@opensearch-project/opensearch';
import { photoFields } from '../photo-index';

/**
 * Adds to `index` the fields of a photo's document that it lacks, as an index that was made by an earlier version does:
 * its mapping is strict, and would refuse every photo. What it has stays as it is.
 *
 * @throws WorkshopError if the user may not change the mapping
 */
export async function addMissingFields(client: Client, index: string): Promise<void> {
  const { body } = await client.indices.getMapping({ index });
  const held = Object.values(body)[0]?.mappings.properties ?? {};
  const missing = Object.entries(photoFields).filter(([field]) => !(field in held));
  if (missing.length === 0) return;
  await client.indices.putMapping({ index, body: { properties: Object.fromEntries(missing) } });
}
