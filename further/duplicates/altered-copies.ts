import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sharp } from 'sharp';
import { creditsFile, type PhotoCredit } from '../../lib/photo/photo-credits';
import type { Photo } from '../../lib/photos';
import { openPhoto } from '../../lib/open-photo';

/** What is done to a copy, by what its file's name says of it. */
const alterations: Record<string, (photo: Sharp) => Sharp | Promise<Sharp>> = {
  'saved again': (photo) => photo.jpeg({ quality: 60 }),
  'half the size': async (photo) => photo.resize({ width: Math.round((await photo.metadata()).autoOrient.width / 2) }),
  cropped: async (photo) => {
    const { width, height } = (await photo.metadata()).autoOrient;
    const [left, top] = [Math.round(width / 10), Math.round(height / 10)];
    return photo.extract({ left, top, width: width - 2 * left, height: height - 2 * top });
  },
  brighter: (photo) => photo.modulate({ brightness: 1.2 }),
};

/**
 * Fills a folder with photos that are there twice, and twice again: each of `photos`, a copy of its file, and copies
 * that were saved again as a worse JPEG, halved in size, cropped by a tenth on each side, and made brighter. Each
 * carries the credit of the photo that it was made of. The same photos give the same files.
 *
 * @param folder made if missing
 * @returns its absolute path
 */
export async function writeAlteredCopies(photos: readonly Photo[], folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const credits: Record<string, PhotoCredit> = {};
  for (const photo of photos) {
    const { name, ext } = path.parse(photo.name.replaceAll('/', ' '));
    const write = async (title: string, file: string, save: (target: string) => Promise<unknown>) => {
      await save(path.join(folder, file));
      credits[file] = { ...photo.credit, title: `${photo.credit?.title ?? name}${title}` };
    };
    await write('', `${name}${ext}`, (target) => copyFile(photo.path, target));
    await write(' (copy)', `${name} copy${ext}`, (target) => copyFile(photo.path, target));
    for (const [alteration, alter] of Object.entries(alterations)) {
      const save = async (target: string) => (await alter((await openPhoto(photo.path)).image)).toFile(target);
      await write(` (${alteration})`, `${name} ${alteration}.jpg`, save);
    }
  }
  await writeFile(path.join(folder, creditsFile), `${JSON.stringify(credits, undefined, 2)}\n`);
  return path.resolve(folder);
}
