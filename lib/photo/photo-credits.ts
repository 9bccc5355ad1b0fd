import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The file below the photos folder that holds the credits: `{ "<name>": { "title": …, "author": …, … } }`. */
export const creditsFile = 'credits.json';

/** All keys of a {@link PhotoCredit}. */
export const creditKeys = ['title', 'author', 'licence', 'licence_url', 'source_url'] as const;

/** Who made a photo, and what may be done with it. */
export type PhotoCredit = { [key in (typeof creditKeys)[number]]?: string | undefined };

/**
 * Reads `credits.json` in the photos folder. Photos can be searched without credits, so a missing file is fine, and a
 * broken one is a notice, not an error.
 *
 * @returns credits by the photo's name below the folder, in Unicode's normal form C since disks differ, and `notice`, a
 * sentence about a file that can't be used
 */
export async function readPhotoCredits(
  photosDir: string,
): Promise<{ credits?: Map<string, PhotoCredit>; notice?: string }> {
  const credits = new Map<string, PhotoCredit>();
  const file = path.join(photosDir, creditsFile);
  try {
    const entries: unknown = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) {
      throw new Error('it is not an object of photos by name');
    }
    for (const [name, entry] of Object.entries(entries as Record<string, Partial<Record<string, unknown>> | null>)) {
      const texts = creditKeys.flatMap((key) => {
        const value = entry?.[key];
        return typeof value === 'string' && value !== '' ? [[key, value]] : [];
      });
      credits.set(name.normalize('NFC'), Object.fromEntries(texts) as PhotoCredit);
    }
    return { credits };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { credits };
    const reason = error instanceof Error ? error.message : String(error);
    const kept = 'unchanged photos keep their title, author and licence; new ones get none until you fix it';
    return { notice: `${file} can't be used (${reason}): ${kept}.` };
  }
}
