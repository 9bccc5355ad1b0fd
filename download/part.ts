import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isAlive } from './is-alive';

/** A file that is still arriving: bytes are hashed as they are appended. */
export interface Part {
  /** Bytes on disk. */
  size(): number;
  append(chunk: Uint8Array): Promise<void>;
  /** Back to 0 bytes. */
  clear(): Promise<void>;
  /** SHA-256 of what is there, 64 hexadecimal digits. */
  sha256(): string;
  /** Flushes to the disk and renames to `file`: from then on it is a whole file. */
  finish(): Promise<void>;
  /** Closes it under a name that no process owns, for a later `openPart` to go on with. */
  keepForLater(): Promise<void>;
  discard(): Promise<void>;
}

const host = os.hostname().replace(/[^\w-]/g, '_');
// Parts of other machines (a shared folder) have pids that mean nothing here, so they go by age.
const foreignPartMs = 24 * 3600 * 1000;

/**
 * A part beside `file` under a name of its own: two processes never write the same one. Parts that
 * earlier processes left are cleared away; with `adopt`, the largest of them is taken over instead. Adopt only
 * where the whole is checked by its SHA-256 at the end: who knows what the earlier process was fetching.
 */
export async function openPart(file: string, options: { adopt: boolean }): Promise<Part> {
  const name = `${file}.${host}-${process.pid}-${randomBytes(4).toString('hex')}.part`;
  let size = 0;
  for (const left of await abandonedParts(file)) {
    if (options.adopt && size === 0 && (await renamed(left, name))) size = (await stat(name)).size;
    else await rm(left, { force: true });
  }
  let hash = createHash('sha256');
  if (size > 0) {
    for await (const chunk of createReadStream(name)) hash.update(chunk as Buffer);
  }
  // Not 'wx': the part that was taken over may be empty.
  const handle = await open(name, size > 0 ? 'r+' : 'w');

  return {
    size: () => size,
    sha256: () => hash.copy().digest('hex'),
    async append(chunk) {
      for (let at = 0; at < chunk.length;) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, size + at);
        at += bytesWritten;
      }
      hash.update(chunk);
      size += chunk.length;
    },
    async clear() {
      await handle.truncate(0);
      hash = createHash('sha256');
      size = 0;
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(name, file);
    },
    async keepForLater() {
      await handle.close();
      await rename(name, name.replace(`-${process.pid}-`, '-0-'));
    },
    async discard() {
      await handle.close();
      await rm(name, { force: true });
    },
  };
}

/** Parts of `file` that no living process owns, largest first. */
async function abandonedParts(file: string): Promise<string[]> {
  const folder = path.dirname(file);
  const found: { path: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    const owner = name.startsWith(path.basename(file) + '.')
      ? /^\.([\w-]+)-(\d+)-[0-9a-f]{8}\.part$/.exec(name.slice(path.basename(file).length))
      : null;
    if (owner === null) continue;
    const info = await stat(path.join(folder, name)).catch(() => undefined);
    if (info === undefined) continue; // its owner has just finished
    const abandoned = owner[1] === host ? !isAlive(Number(owner[2])) : Date.now() - info.mtimeMs > foreignPartMs;
    if (abandoned) found.push({ path: path.join(folder, name), size: info.size });
  }
  return found.sort((a, b) => b.size - a.size).map((part) => part.path);
}

/** Renaming is atomic: of two processes that want the same part, one gets it. */
async function renamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}
