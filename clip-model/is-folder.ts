import { statSync } from 'node:fs';
import { fileProblem, PhotoSearchError } from '../lib/errors';

/**
 * Whether there is such a folder.
 *
 * @param what what it is, such as the setting that names it
 * @throws PhotoSearchError if nobody can tell, as a folder above it may not be entered
 */
export function isFolder(what: string, folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (cause) {
    throw new PhotoSearchError(`${what}: ${folder} ${fileProblem(cause)}.`, { cause });
  }
}
