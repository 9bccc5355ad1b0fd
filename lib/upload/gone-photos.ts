import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { Photo } from '../photos';
import type { StoredPhoto } from './stored-photos';

/**
 * The photos that an index has but the photos folder no longer does. That a photo is not among `photos` does not
 * mean that it is gone: they may be some of the folder's, or a folder can't be read just now. So the disk is asked.
 *
 * @param photos some of what lies in the photos folder; nothing is taken for gone if there are none
 */
export async function findGonePhotos(
  stored: ReadonlyMap<string, StoredPhoto>,
  photos: readonly Photo[],
): Promise<Map<string, StoredPhoto>> {
  const gone = new Map<string, StoredPhoto>();
  const [first] = photos;
  if (!first) return gone;
  const photosDir = first.path.slice(0, first.path.length - first.name.length);
  const present = new Set(photos.map(({ id }) => id));
  for (const [id, photo] of stored) {
    if (!present.has(id) && (await isGone(path.join(photosDir, photo.name)))) gone.set(id, photo);
  }
  return gone;
}

async function isGone(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}
