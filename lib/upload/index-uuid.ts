import type { Client } from '@opensearch-project/opensearch';
import { RequestError } from '../errors';

/**
 * What tells an index from one of the same name that was made after it was deleted: a bulk request makes a missing
 * index by itself, with a mapping that it guesses.
 *
 * @returns undefined if there is no such index
 */
export async function indexUuid(client: Client, index: string): Promise<string | undefined> {
  try {
    const { body } = await client.indices.getSettings({ index, name: 'index.uuid' });
    return Object.values(body)[0]?.settings?.index?.uuid;
  } catch (error) {
    if (error instanceof RequestError && error.statusCode === 404) return undefined;
    throw error;
  }
}
