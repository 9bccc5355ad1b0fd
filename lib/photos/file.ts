import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** What every `image_url` begins with: it stands for the folder of photos, wherever that is. */
export const imageUrlPrefix = 'photos/';

/**
 * The file that an `image_url` from an index names. An index may have been filled by anyone, so nothing outside the
 * folder of photos is ever returned: no `../`, no `file:` or `http:` address, no link that leads out of it.
 *
 * @returns the absolute path, or undefined if the address does not name a file below `photosDir`
 */
export async function photoFile(
  photosDir: string,
  imageUrl: string | undefined,
): Promise<string | undefined> {
  if (!imageUrl?.startsWith(imageUrlPrefix) || imageUrl.includes('\0')) return undefined;
  try {
    const folder = await realpath(photosDir);
    const file = await realpath(path.join(folder, imageUrl.slice(imageUrlPrefix.length)));
    return file.startsWith(folder + path.sep) ? file : undefined;
  } catch {
    return undefined; // no such file, or a name that no file can have
  }
}
