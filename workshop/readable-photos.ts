import { PhotoSearchError } from '../lib/errors';
import type { OpenPhotoOptions } from '../lib/open-photo';

/**
 * The first `count` of the photos that can be read, for looking at some before all are processed.
 *
 * @param options as the upload will have them, see `openPhoto`
 * @throws PhotoSearchError if none can be read
 */
export async function readablePhotos<Photo extends { path: string }>(
  photos: readonly Photo[],
  count: number,
  options: OpenPhotoOptions = {},
): Promise<Photo[]> {
  const readable: Photo[] = [];
  for (const photo of photos) {
    if (readable.length === count) break;
    const isReadable = await canBeRead(photo.path, options);
    if (isReadable) readable.push(photo);
  }
  if (readable.length > 0) return readable;
  throw new PhotoSearchError(
    `None of the ${photos.length} photos found can be read: put some JPEG, PNG or WebP files into the folder ` +
      'of photos (PHOTOS_DIR in .env names it), then run this cell again.',
  );
}

async function canBeRead(file: string, options: OpenPhotoOptions): Promise<boolean> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand: it brings sharp along
  const { openPhoto } = require('../lib/open-photo') as typeof import('../lib/open-photo');
  try {
    await (await openPhoto(file, options)).image.resize(8, 8).toBuffer();
    return true;
  } catch {
    return false;
  }
}
