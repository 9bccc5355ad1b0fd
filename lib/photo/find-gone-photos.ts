import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { StoredPhoto } from '../opensearch/stored-photos';
import type { Photo } from '../photos';

/** A photo that the index has, but its folder no longer. */
export interface GonePhoto extends StoredPhoto {
  /** Whether its folder, or one above, exists but is empty: perhaps a disk is not mounted. */
  inEmptyFolder: boolean;
}

/**
 * The photos that are in the index but no longer in the photos folder. A photo missing from `photos` need not be gone:
 * `photos` may be a selection, or a folder may be unreadable at the moment. This function therefore checks the disk.
 *
 * It lists the folders instead of looking for the file: a disk that ignores case (macOS, exFAT, SMB) or Unicode's normal
 * forms finds `a.jpg` even if only `A.jpg` is left.
 *
 * @param photos some of what lies in the photos folder; if there are none, nothing counts as gone
 * @param isLeftOut photos with these names count as gone although their files exist
 * @returns the photos by `_id`
 */
export async function findGonePhotos(
  stored: ReadonlyMap<string, StoredPhoto>,
  photos: readonly Photo[],
  isLeftOut: (name: string) => boolean = () => false,
): Promise<Map<string, GonePhoto>> {
  const gone = new Map<string, GonePhoto>();
  const [first] = photos;
  if (!first) return gone;
  const photosDir = first.path.slice(0, first.path.length - first.name.length);
  const present = new Set(photos.map(({ id }) => id));
  /** Names by folder, as the disk writes them; undefined for one that can't be read: it tells nothing of them. */
  const listed = new Map<string, ReadonlySet<string> | undefined>();

  async function isGone(name: string): Promise<boolean | 'empty'> {
    const parts = name.split('/');
    for (const [depth, part] of parts.entries()) {
      const folder = path.join(photosDir, ...parts.slice(0, depth));
      if (!listed.has(folder)) listed.set(folder, await namesIn(folder));
      const names = listed.get(folder);
      if (!names?.has(part)) return names?.size === 0 ? 'empty' : names !== undefined;
    }
    return false;
  }

  for (const [id, photo] of stored) {
    const isOut = !present.has(id) && (isLeftOut(photo.name) || (await isGone(photo.name)));
    if (isOut !== false) gone.set(id, { ...photo, inEmptyFolder: isOut === 'empty' });
  }
  return gone;
}

function namesIn(folder: string): Promise<ReadonlySet<string> | undefined> {
  return readdir(folder).then(
    (names) => new Set(names),
    (error: unknown) => ((error as NodeJS.ErrnoException).code === 'ENOTDIR' ? new Set(['']) : undefined), // a file
  );
}
