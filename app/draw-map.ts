import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { photoFile } from '../lib/index';
import { drawTiles, photoPoints, placeTiles } from '../further/index';
import type { Place } from './library';
import type { PhotoMap } from './types';

/** Width to height, and the share of the ground that is covered with photos. */
const ratio = 3 / 2;
const filled = 0.55;
/** Of a cell, in pixels: 10,000 photos make a picture of 5,312 × 3,552. */
const side = 32;

/** Of more photos than `limit`, so many are drawn at random; `address` is the map's below `root`, without an ending. */
export type MapRequest = Place & { limit: number; root: string; address: string };

/** Writes a map's picture (.webp), then what is on it (.json, a `PhotoMap`), and deletes the older maps beside them. */
export async function drawMap(client: Client, { index, limit, photosDir, root, address }: MapRequest): Promise<void> {
  const { photos: listed, points, total } = await photoPoints(client, { index, limit });
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

  const { dir, base } = path.parse(path.join(root, address));
  await mkdir(dir, { recursive: true });
  const drawn = sharp(pixels, { raw: { ...size, channels: 3 } }).webp({ quality: 70 });
  await drawn.toFile(path.join(dir, `${base}.webp`));
  const map: PhotoMap = { picture: `${address}.webp`, side, columns, rows, photos, total };
  await writeFile(path.join(dir, `${base}.json`), JSON.stringify(map));
  for (const name of await readdir(dir)) if (!name.startsWith(base)) await rm(path.join(dir, name));
}
