import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

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
