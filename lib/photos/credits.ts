import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Who made a photo, and what may be done with it. */
export interface PhotoCredit {
  title?: string;
  author?: string;
  licence?: string;
  licence_url?: string;
  source_url?: string;
}

/** The file below the photos folder that holds the credits: `{ "<name>": { "title": …, "author": …, … } }`. */
export const creditsFile = 'credits.json';

const creditFields = ['title', 'author', 'licence', 'licence_url', 'source_url'] as const;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readCredit(entry: Record<string, unknown>): PhotoCredit {
  const credit: PhotoCredit = {};
  for (const field of creditFields) {
    const value = entry[field];
    if (typeof value === 'string' && value !== '') credit[field] = value;
  }
  return credit;
}

/**
 * Reads `credits.json` in the photos folder. Photos can be searched without credits, so that a missing file is no
 * problem, and a broken one is a notice rather than an error.
 *
 * @returns credits by the photo's name below the folder, in Unicode's normal form C as disks differ, and `notice`, a sentence about a file that can't be used
 */
export async function readPhotoCredits(
  photosDir: string,
): Promise<{ credits: Map<string, PhotoCredit>; notice?: string }> {
  const credits = new Map<string, PhotoCredit>();
  const file = path.join(photosDir, creditsFile);
  try {
    const entries: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isRecord(entries)) throw new Error('it holds no object of photos by name');
    for (const [name, entry] of Object.entries(entries)) {
      if (isRecord(entry)) credits.set(name.normalize('NFC'), readCredit(entry));
    }
    return { credits };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { credits };
    const reason = error instanceof Error ? error.message : String(error);
    return {
      credits,
      notice: `${file} can't be used (${reason}): the photos go without title, author and licence until it is mended.`,
    };
  }
}
