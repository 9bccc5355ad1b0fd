// Draws a map in a process of its own, which may take minutes: node … map-process.ts INDEX PHOTOS_DIR LIMIT FOLDER
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { photoFile } from '../lib/index';
import { connectOpenSearch, readSettings } from '../workshop/index';
import {
  drawTiles,
  placeTiles,
  projectVectors,
  readVectors,
  samplePhotos,
  type ListedPhoto,
  type PlacedTile,
} from '../further/index';
import type { PhotoMap } from './types';

/** Width to height, and the share of the ground that is covered with photos. */
const ratio = 3 / 2;
const filled = 0.55;
const sheet = { cells: 32, side: 32 };
/** Maps of other indexes, and of earlier states of this one, that are kept. */
const mostKept = 5;

type Placed = ListedPhoto & Pick<PlacedTile, 'column' | 'row'>;

async function main(): Promise<void> {
  const [index = '', photosDir = '', limit = '', folder = ''] = process.argv.slice(2);
  const client = await connectOpenSearch(readSettings());
  const { photos: listed, total } = await samplePhotos(client, { index, limit: Number(limit) });
  const ids = listed.map(({ id }) => id);
  const vectors = await readVectors(client, index, ids);
  await client.close();
  const there = listed.filter((_, i) => vectors[i]);
  const points = await projectVectors(vectors.filter((vector) => vector !== undefined));
  const columns = Math.ceil(Math.sqrt((there.length / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  const spans = there.map(() => 1);
  const photos = placeTiles(points, spans, { columns, rows }).flatMap((place, i): Placed[] => {
    const photo = there[i];
    return photo ? [{ ...photo, ...place }] : [];
  });

  const unfinished = `${folder}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  for (let top = 0, number = 0; top < rows; top += sheet.cells) {
    for (let left = 0; left < columns; left += sheet.cells) {
      await writeFile(path.join(unfinished, `${number++}.webp`), await paint(photos, photosDir, left, top));
    }
  }
  const places = photos.map(({ id, column, row }) => ({ id, column, row }));
  const map: Omit<PhotoMap, 'folder'> = { sheet, columns, rows, photos: places, total };
  await writeFile(path.join(unfinished, 'map.json'), JSON.stringify(map));
  await rename(unfinished, folder);
  await removeOldest(path.dirname(folder));
}

/** The sheet whose first cell is at `left` and `top`. */
async function paint(photos: readonly Placed[], photosDir: string, left: number, top: number): Promise<Buffer> {
  const { cells, side } = sheet;
  const here = photos
    .map((photo) => ({ ...photo, column: photo.column - left, row: photo.row - top }))
    .filter(({ column, row }) => Math.min(column, row) >= 0 && Math.max(column, row) < cells)
    .map(async ({ image_url, column, row }) => {
      const file = await photoFile(photosDir, image_url);
      return { file, left: column * side, top: row * side, side: side - 1 };
    });
  const size = { width: cells * side, height: cells * side };
  const { pixels } = await drawTiles(await Promise.all(here), size);
  return sharp(pixels, { raw: { ...size, channels: 3 } })
    .webp({ quality: 70 })
    .toBuffer();
}

async function removeOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  const times = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name))).mtimeMs));
  const byAge = names.map((name, i) => ({ name, time: times[i] ?? 0 })).sort((a, b) => b.time - a.time);
  for (const { name } of byAge.slice(mostKept)) await rm(path.join(folder, name), { recursive: true, force: true });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
