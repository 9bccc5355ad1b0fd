import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

/** A JPEG, 40 x 30, whose content follows from `seed`. */
export function jpeg(seed: number, width = 40, height = 30): Promise<Buffer> {
  let state = seed * 2654435761 + 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const coarse = Buffer.from(Array.from({ length: 5 * 4 * 3 }, () => Math.floor(random() * 256)));
  return sharp(coarse, { raw: { width: 5, height: 4, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg()
    .toBuffer();
}

/** Writes `count` photos into `photosDir`: 000.jpg, 001.jpg and so on. */
export async function writePhotos(photosDir: string, count: number): Promise<void> {
  mkdirSync(photosDir, { recursive: true });
  for (let i = 0; i < count; i++) {
    writeFileSync(path.join(photosDir, `${String(i).padStart(3, '0')}.jpg`), await jpeg(i));
  }
}
