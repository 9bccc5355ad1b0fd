import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem, PhotoSearchError } from '../../lib/errors';
import { writeWhole } from '../../download/write-whole';
import { creditsFile } from '../../lib/photo/photo-credits';
import type { OriginalPhoto } from './original-photos';

/** The licence of photos on Unsplash. */
export const unsplashLicence = { name: 'Unsplash License', url: 'https://unsplash.com/license' };

/** A photo's page on Unsplash, which names its photographer: the file's name is the photo's id there. */
function unsplashPage(name: string): string {
  return `https://unsplash.com/photos/${path.parse(name).name}`;
}

/**
 * Writes the photos' credits to where the upload reads them. The original workshop names neither photographers nor a
 * licence, so each photo's link leads to its page on Unsplash, which names both. Credits of other photos stay.
 *
 * @throws PhotoSearchError if there is a file of that name that can't be read
 */
export async function writeCredits(folder: string, photos: readonly OriginalPhoto[]): Promise<void> {
  const credits = photos.map(({ name }) => [
    name,
    {
      author: 'photographer named on Unsplash',
      licence: unsplashLicence.name,
      licence_url: unsplashLicence.url,
      source: 'Unsplash, by way of the original workshop',
      source_url: unsplashPage(name),
    },
  ]);
  await addCredits(folder, Object.fromEntries(credits) as Record<string, object>);
}

/**
 * Adds credits to those in `folder`, by the photos' names.
 *
 * @throws PhotoSearchError if there is a file of that name that can't be read, or if the credits can't be written
 */
export async function addCredits(folder: string, credits: Record<string, object>): Promise<void> {
  const file = path.join(folder, creditsFile);
  const before = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw new PhotoSearchError(`${file} ${fileProblem(cause)}.`, { cause });
  });
  let others: object;
  try {
    others = JSON.parse(before) as object;
  } catch (cause) {
    throw new PhotoSearchError(`${file} is not JSON: fix it or delete it, then run this again.`, { cause });
  }
  const text = `${jsonOf(file, others, credits)}\n`;
  if (text !== before) await writeWhole(file, text);
}

function jsonOf(file: string, others: object, credits: object): string {
  try {
    return JSON.stringify({ ...others, ...credits }, undefined, 2);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // of V8's longest string
    const more = Object.keys(credits).length;
    throw new PhotoSearchError(
      `${file} would be too long (512 MB, some 1.5 million photos), with the credits of ${more} more photos: ` +
        'split the list, and give each part a PHOTOS_DIR and an INDEX_NAME of its own.',
      { cause },
    );
  }
}
