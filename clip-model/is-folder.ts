import { statSync } from 'node:fs';
import { fileProblem, PhotoSearchError } from '../lib/errors';

/**
 * Whether there is such a folder.
 *
 * @param what how the message names it, such as the setting
 * @throws PhotoSearchError if that can't be seen: a folder above it can't be entered
 */
export function isFolder(what: string, folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (cause) {
    throw new PhotoSearchError(`${what}: ${folder} ${fileProblem(cause)}.`, { cause });
  }
}
