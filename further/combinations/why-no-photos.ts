import type { Client } from '@opensearch-project/opensearch';
import type { PhotoFilter } from '../filter/photo-filter';

/**
 * Why a search has found nothing at all, as a sentence: a k-NN search finds the nearest photos, however far, so that
 * there must be none to find.
 */
export async function whyNoPhotos(client: Client, index: string, filter: PhotoFilter): Promise<string> {
  const { body } = await client.count({ index, body: { query: { exists: { field: 'embedding' } } } });
  if (body.count === 0) {
    return `Index '${index}' holds no photos yet: notebook 2 uploads the workshop's, npm run own a folder of yours.`;
  }
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return isFiltered ? 'No photo matches the filter.' : `Index '${index}' holds only the photos you searched with.`;
}
