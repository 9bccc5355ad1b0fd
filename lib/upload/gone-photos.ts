import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Photo } from '../photos';
import type { StoredPhoto } from './stored-photos';

/**
 * The photos that an index has but the photos folder no longer does. That a photo is not among `photos` does not
 * mean that it is gone: they may be some of the folder's, or a folder can't be read just now. So the disk is asked.
 *
 * It is asked for the names in its folders, not for the file: a disk that ignores case (macOS, exFAT, SMB) or the
 * normal form of Unicode finds `a.jpg` too where only `A.jpg` is left.
 *
 * @param photos some of what lies in the photos folder; nothing is taken for gone if there are none
 * @param isLeftOut photos of these names are taken for gone though their files are there
 */
export async function findGonePhotos(
  stored: ReadonlyMap<string, StoredPhoto>,
  photos: readonly Photo[],
  isLeftOut: (name: string) => boolean = () => false,
): Promise<Map<string, StoredPhoto>> {
  const gone = new Map<string, StoredPhoto>();
  const [first] = photos;
  if (!first) return gone;
  const photosDir = first.path.slice(0, first.path.length - first.name.length);
  const present = new Set(photos.map(({ id }) => id));
  const listed = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  const names = (folder: string) => {
    const list = listed.get(folder) ?? namesIn(path.join(photosDir, folder));
    listed.set(folder, list);
    return list;
  };
  for (const [id, photo] of stored) {
    if (present.has(id)) continue;
    if (isLeftOut(photo.name) || (await isGone(photo.name, names))) gone.set(id, photo);
  }
  return gone;
}

/** Whether one of the parts of a photo's path is not in the folder that it should be in. */
async function isGone(
  name: string,
  names: (folder: string) => Promise<ReadonlySet<string> | undefined>,
): Promise<boolean> {
  const parts = name.split('/');
  for (const [depth, part] of parts.entries()) {
    const listed = await names(parts.slice(0, depth).join('/'));
    if (!listed) return false;
    if (!listed.has(part)) return true;
  }
  return false;
}

/** The names as the disk writes them; undefined if the folder can't be read, which says nothing about its photos. */
async function namesIn(folder: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? new Set() : undefined;
  }
}
