// Draws a map in a process of its own, which may take minutes: node … map-process.ts INDEX PHOTOS_DIR LIMIT FILE
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { writeWhole } from '../download/write-whole';
import { photoFile } from '../lib/index';
import { connectOpenSearch, readSettings } from '../workshop/index';
import { drawTiles, photoPoints, placeTiles } from '../further/index';
import type { PhotoMap } from './types';

/** Width to height, and the share of the ground that is covered with photos. */
const ratio = 3 / 2;
const filled = 0.55;
/** Of a cell, in pixels: 10,000 photos make a picture of 5,312 × 3,552. */
const side = 32;

async function main(): Promise<void> {
  const [index = '', photosDir = '', limit = '', file = ''] = process.argv.slice(2);
  const client = await connectOpenSearch(readSettings());
  const { photos: listed, points, total } = await photoPoints(client, { index, limit: Number(limit) });
  await client.close();
  const columns = Math.ceil(Math.sqrt((listed.length / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  const places = placeTiles(points, [], { columns, rows });
  const photos = places.map(({ column, row }, i) => ({ id: listed[i]?.id ?? '', column, row }));
  const tiles = photos.map(async ({ column, row }, i) => ({
    file: await photoFile(photosDir, listed[i]?.image_url),
    left: column * side,
    top: row * side,
    side: side - 1,
  }));
  const size = { width: columns * side, height: rows * side };
  const { pixels } = await drawTiles(await Promise.all(tiles), size);

  const { dir, base } = path.parse(file);
  await mkdir(dir, { recursive: true });
  await sharp(pixels, { raw: { ...size, channels: 3 } })
    .webp({ quality: 70 })
    .toFile(`${file}.webp`);
  const map: Omit<PhotoMap, 'picture'> = { side, columns, rows, photos, total };
  await writeWhole(`${file}.json`, JSON.stringify(map));
  for (const name of await readdir(dir)) if (!name.startsWith(base)) await rm(path.join(dir, name));
}

void main();
