import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { drawTiles } from './draw-tiles';
import { photoPoints } from './photo-points';
import { placeTiles } from './place-tiles';

/** What to draw: of more photos than `limit`, that many at random. */
export interface MapRequest {
  index: string;
  photosDir: string;
  /** Most pixels of a photo, see `openPhoto`. */
  limitPixels?: number;
  limit: number;
  /** The files' folder, absolute, and their address below it, without ending. */
  root: string;
  address: string;
}

/** Width to height, and the share of the ground that is covered with photos. */
const [ratio, filled] = [3 / 2, 0.55];
/** Of a cell, in pixels: 10,000 photos make a picture of 5,312 × 3,552. */
const side = 32;

/** Writes a map's picture (.webp), then what is on it (.json), and deletes the older maps beside them. */
export async function drawMap(client: Client, request: MapRequest): Promise<void> {
  const { index, limit, photosDir, limitPixels, root, address } = request;
  const { photos: listed, points, total } = await photoPoints(client, { index, limit });
  const columns = Math.ceil(Math.sqrt((listed.length / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  const places = placeTiles(points, [], { columns, rows });
  const cells = places.map(({ column, row }) => ({ left: column * side, top: row * side }));
  const photos = cells.map((cell, i) => ({ id: listed[i]?.id ?? '', ...cell }));
  const tiles = cells.map((cell, i) => ({ ...cell, side: side - 1, image_url: listed[i]?.image_url }));
  const size = { width: columns * side, height: rows * side };
  const { pixels } = await drawTiles(tiles, { photosDir, limitPixels, ...size });
  const { dir, base } = path.parse(path.join(root, address));
  await mkdir(dir, { recursive: true });
  const drawn = sharp(pixels, { raw: { ...size, channels: 3 } }).webp({ quality: 70 });
  await drawn.toFile(path.join(dir, `${base}.webp`));
  const map = { picture: `${address}.webp`, ...size, side, photos, total };
  await writeFile(path.join(dir, `${base}.json`), JSON.stringify(map));
  for (const name of await readdir(dir)) if (!name.startsWith(base)) await rm(path.join(dir, name), { force: true });
}
