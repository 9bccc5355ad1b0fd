import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LRUCache } from 'lru-cache';
import { openPhoto } from '../lib/index';

/** Longest side, in pixels, and WebP's quality. */
const pictureKinds = { thumb: { side: 480, quality: 74 }, whole: { side: 2560, quality: 82 } };
type PictureKind = keyof typeof pictureKinds;

/**
 * Photos as WebP in two sizes, the right way up, in sRGB, without what a camera or phone writes into them.
 * Each is made once and kept in `folder`, which grows to `mostBytes` at most: what this run has not shown goes first.
 *
 * @returns the function that makes them; it gives a file's path
 */
export async function pictureCache(folder: string, mostBytes: number, limitPixels?: number) {
  /** The bytes of each file, by its path. */
  const kept = new LRUCache<string, number, { photo: string; kind: PictureKind }>({
    maxSize: mostBytes,
    sizeCalculation: (bytes) => Math.max(1, bytes),
    dispose: (_, file, reason) => void (reason === 'evict' && rm(file, { force: true }).catch(() => undefined)),
    fetchMethod: async (file, _, { context: { photo, kind } }) => {
      const { side, quality } = pictureKinds[kind];
      const { image } = await openPhoto(photo, { limitPixels });
      const resized = image.resize(side, side, { fit: 'inside', withoutEnlargement: true });
      const webp = await resized.webp({ quality, smartSubsample: true }).toBuffer();
      await writeFile(`${file}.${process.pid}`, webp);
      await rename(`${file}.${process.pid}`, file); // what stands under `file` is whole
      return webp.length;
    },
  });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name); // made by an earlier run
    const found = await stat(file).catch(() => undefined); // another page may have renamed it just now
    if (found) kept.set(file, found.size);
  }

  return async function make(photo: string, kind: PictureKind): Promise<string> {
    const { mtimeMs, size } = await stat(photo);
    const made = JSON.stringify([photo, mtimeMs, size, kind]);
    const file = path.join(folder, `${createHash('sha256').update(made).digest('hex').slice(0, 32)}.webp`);
    if (!(await stat(file).catch(() => false)) && kept.peek(file) !== undefined) kept.delete(file); // deleted, not being made
    await kept.forceFetch(file, { context: { photo, kind } });
    return file;
  };
}
