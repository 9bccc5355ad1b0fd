import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem, PhotoSearchError } from '../../lib/errors';
import { fromHome } from '../../clip-model/from-home';

/**
 * A folder as people write it: absolute, from the home folder (`~/Pictures`), or relative to the working directory,
 * which is the repository in a notebook.
 *
 * @returns its real path, the same for a folder however it is written
 * @throws PhotoSearchError if there is no such folder, or it can't be read, saying what to do
 */
export async function ownFolder(folder: string): Promise<string> {
  const absolute = absoluteFolder(folder);
  try {
    const real = await realpath(absolute);
    await readdir(real);
    return real;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new PhotoSearchError(
        `There is no folder ${absolute}: give the path of the folder with your photos, such as ${example}.`,
        { cause },
      );
    }
    if (code === 'ENOTDIR') {
      throw new PhotoSearchError(`${absolute} is a file: give the path of its folder.`, { cause });
    }
    throw new PhotoSearchError(`${absolute} ${fileProblem(cause)}.`, { cause });
  }
}

/**
 * A folder as people write it, which may be gone meanwhile.
 *
 * @returns its absolute path, with links in it as they were written
 * @throws PhotoSearchError if nothing is written
 */
export function absoluteFolder(folder: string): string {
  const written = folder.trim();
  if (written === '') throw new PhotoSearchError(`Which folder? Give its path, such as ${example}.`);
  return path.resolve(fromHome(written));
}

const example = `'~/Pictures/holiday'`;
