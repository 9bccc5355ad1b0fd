import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * SHA-256 of a file's bytes, by which a changed or renamed photo is known: times and sizes don't survive a clone.
 * Reads about 1 GB/s, 1 MiB at a time.
 *
 * @returns the hash as 64 hex digits, and the file's size in bytes
 * @throws the file system's error, or the signal's reason
 */
export async function hashPhoto(
  file: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 2 ** 20, signal });
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** What keeps a file from being read, as the end of a sentence that begins with its name. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'was there a moment ago and is gone now.';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by you: change its permissions.';
    case 'EISDIR':
      return 'is a folder now.';
    default:
      return `can't be read (${code ?? message}).`;
  }
}
