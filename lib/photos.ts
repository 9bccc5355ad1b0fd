import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { WorkshopError } from './errors';
import { fileProblem } from './files/file-problem';
import { creditsFile, readPhotoCredits, type PhotoCredit } from './photos/credits';
import { imageUrlPrefix } from './photos/file';
import { photoId } from './photos/id';
import { otherKind, photoEndings } from './photos/kind';
import { leftOut } from './photos/left-out';
import { unfollowed } from './photos/passed-over';

/** A picture file in the photos folder. Whether it really is a picture shows when it is read. */
export interface Photo {
  /** The `_id` of its document. */
  id: string;
  /** Its path below the photos folder, parts separated by `/`. */
  name: string;
  /** Where it lies, absolute. */
  path: string;
  /** What its document says: `photos/` and its name, wherever the folder is. */
  imageUrl: string;
  credit: PhotoCredit;
}

/** A photo that can't be used. */
export interface SkippedPhoto {
  imageUrl: string;
  /** What is wrong and what to do, as the end of a sentence that begins with its name. */
  reason: string;
}

export interface FoundPhotos {
  /** In the order of their names. */
  photos: Photo[];
  /**
   * How many files and folders are not looked at, by kind: `hidden`, `raw`, `video`, `.txt`, `linked folder`, `ignored`,
   * `@eaDir` and the like. See `passedOverLines`.
   */
  passedOver: Record<string, number>;
  /** What looks like a photo but can't be used. */
  skipped: SkippedPhoto[];
  /** A sentence for the reader if the credits can't be used. */
  notice?: string;
}

export interface FindPhotosOptions {
  /** What to leave out beside the litter of systems: patterns as in a `.gitignore`, see `leftOut`. */
  ignore?: readonly string[];
}

/** Files of ours that stand beside the photos. */
const companions = new Set([creditsFile, 'CREDITS.md']);

/**
 * Finds the photos in `photosDir` and its folders. Names that begin with a dot are passed over, and what systems keep
 * among photos, see `leftOut`. A link to a file is followed only if that file lies within the folder, a link to a folder
 * never: what lies within is found anyway.
 *
 * @throws WorkshopError if there is no such folder, or it can't be read
 */
export async function findPhotos(
  photosDir: string,
  { ignore }: FindPhotosOptions = {},
): Promise<FoundPhotos> {
  const root = await openFolder(photosDir);
  const kindLeftOut = leftOut(root, ignore);
  const { credits, notice } = await readPhotoCredits(root);
  const found: FoundPhotos = { photos: [], passedOver: {}, skipped: [], notice };
  const passOver = (kind: string) => {
    found.passedOver[kind] = (found.passedOver[kind] ?? 0) + 1;
  };
  const skip = (name: string, reason: string) => {
    found.skipped.push({ imageUrl: imageUrlPrefix + name, reason });
  };

  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(path.join(root, folder), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      skip(folder, fileProblem(error));
      continue;
    }
    for (const entry of entries) {
      const ownName = entry.name.toString();
      const name = folder + ownName;
      const ending = path.extname(ownName).toLowerCase();
      if (companions.has(name)) continue;
      if (ownName.startsWith('.')) {
        passOver('hidden');
        continue;
      }
      const kind = await entryKind(root, name, entry);
      const isFolder = kind === 'folder';
      const obstacle = kindLeftOut(name, isFolder) ?? kindPassedOver(kind, ending);
      if (obstacle !== undefined) passOver(obstacle);
      else if (!Buffer.from(ownName).equals(entry.name)) {
        skip(name, 'has a name that is not valid UTF-8: rename it');
      } else if (isFolder) folders.push(`${name}/`);
      else {
        found.photos.push({
          id: photoId(name),
          name,
          path: path.join(root, name),
          imageUrl: imageUrlPrefix + name,
          credit: credits.get(name.normalize('NFC')) ?? {},
        });
      }
    }
  }
  found.photos.sort((a, b) => (a.name < b.name ? -1 : 1));
  found.skipped.sort((a, b) => (a.imageUrl < b.imageUrl ? -1 : 1));
  return found;
}

/** The folder's real path. */
async function openFolder(photosDir: string): Promise<string> {
  try {
    const root = await realpath(photosDir);
    await readdir(root);
    return root;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const problem =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'ENOTDIR'
          ? 'is not a folder'
          : `can't be read`;
    throw new WorkshopError(
      `The photos folder ${photosDir} ${problem}${code ? ` (${code})` : ''}: set PHOTOS_DIR in .env to the folder that holds your photos.`,
      { cause },
    );
  }
}

/** What a name stands for: a file or a folder, or what is counted instead of being followed. */
async function entryKind(root: string, name: string, entry: Dirent<Buffer>): Promise<string> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return 'special file'; // a pipe, say, which would never end
  try {
    const target = await realpath(path.join(root, name));
    const isFolder = (await stat(target)).isDirectory();
    if (target === root || target.startsWith(root + path.sep)) {
      return isFolder ? 'link to a folder in here' : 'file';
    }
    return isFolder ? unfollowed.folder : unfollowed.file;
  } catch {
    return 'broken link';
  }
}

/** What is counted of such a file or folder, undefined if it is looked at. */
function kindPassedOver(kind: string, ending: string): string | undefined {
  if (kind === 'folder') return undefined;
  if (kind !== 'file' && kind !== unfollowed.file) return kind;
  if (!photoEndings.has(ending)) return otherKind(ending);
  return kind === 'file' ? undefined : kind;
}
