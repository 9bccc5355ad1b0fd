import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import type { PhotoFilter } from '../filter/photo-filter';

/**
 * Why a search has found nothing at all, as a sentence: a k-NN search finds the nearest photos, however far, so that
 * there must be none to find.
 *
 * @throws PhotoSearchError if a colour was asked for where no photo has its colours recorded
 */
export async function whyNoPhotos(client: Client, index: string, filter: PhotoFilter): Promise<string> {
  const count = async (field: string) => {
    const { body } = await client.count({ index, body: { query: { exists: { field } } } });
    return body.count;
  };
  if ((await count('embedding')) === 0) {
    return `Index '${index}' holds no photos yet: notebook 2 uploads the workshop's, npm run own a folder of yours.`;
  }
  if (filter.colour !== undefined && (await count('colours')) === 0) {
    throw new PhotoSearchError(
      `Index '${index}' was filled by an earlier version, which recorded no colours: ` +
        'upload the photos again (notebook 2; npm run own for a folder of yours). That adds the colours, and keeps all vectors.',
    );
  }
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return isFiltered ? 'No photo matches the filter.' : `Index '${index}' holds only the photos you searched with.`;
}
