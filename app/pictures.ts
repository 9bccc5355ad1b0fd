import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { openPhoto } from '../lib/index';

/** Longest side, in pixels, and WebP's quality. */
const pictureKinds = {
  thumb: { side: 480, quality: 74 },
  whole: { side: 2560, quality: 82 },
} as const;
type PictureKind = keyof typeof pictureKinds;

/** The bytes of each file, by its name. */
type Kept = LRUCache<string, number, { photo: string; kind: PictureKind }>;

/**
 * Photos as WebP in two sizes, turned as they are looked at, in sRGB, without what a camera or phone writes into them.
 * Each is made once and kept in `folder`, which grows to `mostBytes` at most: the longest unseen go first.
 *
 * @returns the function that makes them; it gives a file's path
 */
export async function pictureCache(
  folder: string,
  mostBytes: number,
): Promise<(photo: string, kind: PictureKind) => Promise<string>> {
  await mkdir(folder, { recursive: true });
  const atATime = pLimit(4);
  const kept: Kept = new LRUCache({
    maxSize: mostBytes,
    sizeCalculation: (bytes) => Math.max(1, bytes),
    dispose: (_, name, reason) => {
      if (reason === 'evict') void rm(path.join(folder, name), { force: true });
    },
    fetchMethod: (name, _, { context: { photo, kind } }) =>
      atATime(async () => {
        const file = path.join(folder, name);
        const unfinished = `${file}.${randomUUID()}`;
        const { side, quality } = pictureKinds[kind];
        const { image } = await openPhoto(photo, { limitPixels: Infinity });
        const { size } = await image
          .resize(side, side, { fit: 'inside', withoutEnlargement: true })
          .webp({ quality, smartSubsample: true })
          .toFile(unfinished);
        await rename(unfinished, file);
        return size;
      }),
  });
  await readKept(folder, kept);

  return async function make(photo, kind) {
    const { mtimeMs, size } = await stat(photo);
    const digest = createHash('sha256').update(JSON.stringify([photo, mtimeMs, size, kind]));
    const name = `${digest.digest('hex').slice(0, 32)}.webp`;
    await kept.forceFetch(name, { context: { photo, kind } });
    return path.join(folder, name);
  };
}

/** What earlier runs have made, oldest first; what they left unfinished goes. */
async function readKept(folder: string, kept: Kept): Promise<void> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(path.join(folder, name));
      return { name, size, mtimeMs };
    }),
  );
  for (const { name, size, mtimeMs } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (/^[0-9a-f]{32}\.webp$/.test(name)) kept.set(name, size);
    else if (mtimeMs < Date.now() - 3_600_000) await rm(path.join(folder, name), { force: true });
  }
}
