import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileProblem, PhotoSearchError } from './errors';
import { creditsFile, type PhotoCredit, readPhotoCredits } from './photo/photo-credits';
import { type LeftOut, systemLitter } from './photo/system-litter';

/** A picture file in the photos folder. Only reading it shows whether it really is a picture. */
export interface Photo {
  /** The `_id` of its document. */
  id: string;
  /** Its path below the photos folder, parts separated by `/`. */
  name: string;
  /** Its absolute path. */
  path: string;
  /** What its document says: `photos/` and its name, wherever the folder is. */
  imageUrl: string;
  /** Undefined where it can't be read: an upload then keeps the one that the index has, if the photo is the same. */
  credit: PhotoCredit | undefined;
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
   * How many files and folders were passed over, by kind: `hidden`, `.nef`, `.txt`, `linked folder`, `ignored`, `@eaDir`
   * and the like.
   */
  passedOver: Record<string, number>;
  /** What looks like a photo but can't be used. */
  skipped: SkippedPhoto[];
  /** A sentence for the reader if the credits can't be used. */
  notice?: string | undefined;
}

/** Files that belong to a photos folder and don't count; Jupyter makes the last one. */
const companions = new Set([creditsFile, 'CREDITS.md', '.ipynb_checkpoints']);

/**
 * Finds the photos in `photosDir` and its subfolders. It passes over names that begin with a dot, and what systems keep
 * among photos, see `systemLitter`. It follows a link to a file only if the file is inside the folder, and never a link
 * to a folder: what is inside is found anyway. `leftOut` decides instead of `systemLitter`, if given.
 *
 * @throws PhotoSearchError if there is no such folder, or it can't be read
 */
export async function findPhotos(
  photosDir: string,
  { leftOut = systemLitter(photosDir) }: { leftOut?: LeftOut | undefined } = {},
): Promise<FoundPhotos> {
  const root = await openFolder(photosDir);
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
      if (companions.has(name)) continue;
      if (ownName.startsWith('.')) {
        passOver('hidden');
        continue;
      }
      const isFolder = entry.isDirectory();
      const obstacle = leftOut(name, isFolder) ?? (isFolder ? undefined : await kindPassedOver(root, name, entry));
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
          credit: credits && (credits.get(name.normalize('NFC')) ?? {}),
        });
      }
    }
  }
  found.photos.sort((a, b) => (a.name < b.name ? -1 : 1));
  found.skipped.sort((a, b) => (a.imageUrl < b.imageUrl ? -1 : 1));
  return found;
}

async function openFolder(photosDir: string): Promise<string> {
  try {
    const root = await realpath(photosDir);
    await readdir(root);
    return root;
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    const problems: Record<string, string> = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder' };
    const message = `The photos folder ${photosDir} ${problems[code] ?? "can't be read"} (${code}).`;
    throw new PhotoSearchError(message, { code: 'folder-unusable', cause });
  }
}

/** The kind a file is counted under; undefined for a photo. */
async function kindPassedOver(root: string, name: string, entry: Dirent<Buffer>): Promise<string | undefined> {
  if (!entry.isFile() && !entry.isSymbolicLink()) return 'special file'; // a pipe, say, which would never end
  let isOutside = false;
  if (entry.isSymbolicLink()) {
    try {
      const target = await realpath(path.join(root, name));
      isOutside = target !== root && !target.startsWith(root + path.sep);
      if ((await stat(target)).isDirectory()) return isOutside ? 'linked folder' : 'link to a folder in here';
    } catch {
      return 'broken link';
    }
  }
  const ending = path.extname(name).toLowerCase();
  if (!photoEndings.has(ending)) return ending || 'without an ending';
  return isOutside ? 'linked file' : undefined;
}

/** OpenSearch refuses a longer `_id`. */
const maxIdBytes = 512;

/**
 * The `_id` of a photo's document: its name below the photos folder. Uploading the photo again replaces the document.
 * A name that is too long is cut, and ends with `//` and its SHA-256. No path has an empty part, so no other photo can
 * have this id.
 *
 * @returns at most 512 bytes of UTF-8
 */
export function photoId(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= maxIdBytes) return name;
  const ending = `//${createHash('sha256').update(bytes).digest('hex')}`;
  const beginning = bytes.subarray(0, maxIdBytes - ending.length);
  // With `stream`, a character that was cut in two is left out.
  return new TextDecoder().decode(beginning, { stream: true }) + ending;
}

/**
 * SHA-256 of a file's bytes, by which a changed or renamed photo is known (times and sizes don't survive a clone), and a
 * model's damaged file. Reads about 1 GB/s, 1 MiB at a time.
 *
 * @returns the hash as 64 hex digits, and the file's size in bytes
 * @throws the file system's error, or an AbortError
 */
export async function hashFile(file: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const [hash, stream] = [createHash('sha256'), createReadStream(file, { highWaterMark: 2 ** 20 })];
  await pipeline(stream, hash, { signal });
  return { sha256: hash.digest('hex'), bytes: stream.bytesRead };
}

/** Every `image_url` begins with this: the photos folder, wherever it is. */
export const imageUrlPrefix = 'photos/';

/**
 * The file that an `image_url` from an index names. Anyone may have filled the index, so this never returns anything
 * outside the photos folder: no `../`, no `file:` or `http:` address, no link that leads out of it.
 *
 * @returns the absolute path, or undefined if the address does not name a file below `photosDir`
 */
export async function photoFile(photosDir: string, imageUrl: string | undefined): Promise<string | undefined> {
  if (!imageUrl?.startsWith(imageUrlPrefix) || imageUrl.includes('\0')) return undefined;
  try {
    const folder = await realpath(photosDir);
    const file = await realpath(path.join(folder, imageUrl.slice(imageUrlPrefix.length)));
    return file.startsWith(folder + path.sep) ? file : undefined;
  } catch {
    return undefined; // no such file, or a name that no file can have
  }
}

/** Endings of the files that sharp reads as npm installs it, in lower case. PDF and the like are not photos. */
export const readableEndings: readonly string[] =
  '.jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .svg .svgz .avif'.split(' ');

/**
 * Endings of the files that are taken for photos. Files named `.heic` may hold AVIF, which can be read; HEIC proper can't,
 * as its decoder is patented: such a photo is named and skipped.
 */
export const photoEndings: ReadonlySet<string> = new Set([...readableEndings, '.heic', '.heif']);
