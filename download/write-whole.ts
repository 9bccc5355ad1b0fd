import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from '../lib/errors';

/**
 * Writes a file whose name always stands for the whole file or for what was there before, never for a part: it is
 * written beside it and then renamed.
 *
 * @throws PhotoSearchError if it can't be written
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}-${randomUUID()}.part`);
  try {
    await writeFile(part, content);
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const problem: Record<string, string> = {
      ENOENT: `there is no folder ${path.dirname(file)}`,
      ENOTDIR: `${path.dirname(file)} is not a folder`,
      EISDIR: 'there is a folder of this name',
      EACCES: 'you are not allowed to write there',
      ENOSPC: 'the disk is full',
    };
    throw new PhotoSearchError(`${file} can't be written: ${problem[code] ?? message}.`, { cause });
  }
}
