import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { drawTiles, indexState, photoPoints, placeTiles } from '../further/index';
import type { Library, MapRequest, Wiring } from './library';
import type { PhotoMap } from './types';

/** Of more photos, so many are drawn at random. */
const limit = 10_000;
/** What came of drawing a map is told to all who ask for it so soon after, in ms: the page asks every two seconds. */
const toldForMs = 5000;

/**
 * Maps are kept in `root`, below `maps/`: one for each index, drawn again when the index has changed.
 *
 * @returns the function that gives the map of all photos, similar ones close together, once it is drawn
 */
export function photoMaps(root: string, draw: Wiring['drawMap'], closing: AbortSignal) {
  /** By index: one is drawn at a time, whatever photos come meanwhile. */
  const drawing = new Map<string, Promise<PhotoMap>>();

  async function newest({ client, index, photosDir }: Library): Promise<PhotoMap> {
    const address = `maps/${index}/${await indexState(client, index)}`;
    const read = async () => JSON.parse(await readFile(path.join(root, `${address}.json`), 'utf8')) as PhotoMap;
    return read().catch(async () => {
      await draw({ index, photosDir, limit, root, address }, closing);
      return read();
    });
  }

  return function map(library: Library): Promise<PhotoMap> {
    const { index } = library;
    const forget = () => setTimeout(() => drawing.delete(index), toldForMs).unref();
    const map = drawing.get(index) ?? newest(library).finally(forget);
    drawing.set(index, map);
    return map;
  };
}

/** Width to height, and the share of the ground that is covered with photos. */
const [ratio, filled] = [3 / 2, 0.55];
/** Of a cell, in pixels: 10,000 photos make a picture of 5,312 × 3,552. */
const side = 32;

/** Writes a map's picture (.webp), then what is on it (.json, a `PhotoMap`), and deletes the older maps beside them. */
export async function drawMap(client: Client, { index, limit, photosDir, root, address }: MapRequest): Promise<void> {
  const { photos: listed, points, total } = await photoPoints(client, { index, limit });
  const columns = Math.ceil(Math.sqrt((listed.length / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  const places = placeTiles(points, [], { columns, rows });
  const cells = places.map(({ column, row }) => ({ left: column * side, top: row * side }));
  const photos = cells.map((cell, i) => ({ id: listed[i]?.id ?? '', ...cell }));
  const tiles = cells.map((cell, i) => ({ ...cell, side: side - 1, image_url: listed[i]?.image_url }));
  const size = { width: columns * side, height: rows * side };
  const { pixels } = await drawTiles(tiles, { photosDir, ...size });
  const { dir, base } = path.parse(path.join(root, address));
  await mkdir(dir, { recursive: true });
  const drawn = sharp(pixels, { raw: { ...size, channels: 3 } }).webp({ quality: 70 });
  await drawn.toFile(path.join(dir, `${base}.webp`));
  const map: PhotoMap = { picture: `${address}.webp`, ...size, side, photos, total };
  await writeFile(path.join(dir, `${base}.json`), JSON.stringify(map));
  for (const name of await readdir(dir)) if (!name.startsWith(base)) await rm(path.join(dir, name), { force: true });
}
