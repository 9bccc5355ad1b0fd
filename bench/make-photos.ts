import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { mapAhead } from '../lib/photo/map-ahead';
import { seededRandom } from '../further/seeded-random';
import { repositoryRoot } from '../workshop/settings';

const longestSide = 768;
/** Bytes of a file. */
const smallest = 40_000;
const largest = 100_000;

/**
 * Makes JPEGs of 768 pixels and 40 to 100 kB, as photos of a web page are, by cropping those in photos/, each time
 * elsewhere. The same number gives the same photos. What is there already stays.
 *
 * @returns their paths
 */
export async function makePhotos(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  const sourceDir = path.join(repositoryRoot, 'photos');
  const sources = (await readdir(sourceDir)).filter((name) => name.endsWith('.jpg')).sort();
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(5, '0')}.jpg`);
  const make = async (name: string): Promise<string> => {
    const file = path.join(folder, name);
    if (!there.has(name)) {
      const random = seededRandom(Number.parseInt(name, 10));
      await writeFile(`${file}.part`, await makePhoto(sourceDir, sources, random));
      await rename(`${file}.part`, file);
    }
    return file;
  };
  const files: string[] = [];
  for await (const file of mapAhead(names, make, { ahead: os.availableParallelism() })) {
    files.push(file);
  }
  return files;
}

/** A part of one of the sources; of the next one if that cannot be written in the size that is wanted. */
async function makePhoto(sourceDir: string, sources: string[], random: () => number): Promise<Uint8Array> {
  for (;;) {
    const source = path.join(sourceDir, sources[Math.floor(random() * sources.length)] ?? '');
    const { width, height } = await sharp(source).metadata();
    const part = 0.6 + 0.4 * random();
    const cut = { width: Math.round(width * part), height: Math.round(height * part) };
    const left = Math.floor(random() * (width - cut.width));
    const top = Math.floor(random() * (height - cut.height));
    const size = { width: longestSide, height: longestSide, fit: 'inside' } as const;
    const pixels = await sharp(source)
      .extract({ ...cut, left, top })
      .resize(size)
      .png({ compressionLevel: 0 })
      .toBuffer();
    for (const quality of [80, 90, 60, 95]) {
      const jpeg = await sharp(pixels).jpeg({ quality }).toBuffer();
      if (jpeg.length >= smallest && jpeg.length <= largest) return jpeg;
    }
  }
}
