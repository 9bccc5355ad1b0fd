import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { describeModel, photoFile } from '../lib/index';
import { samplePhotos, type ListedPhoto } from '../further/index';
import type { Library } from './library';
import type { MakePicture } from './pictures';
import { problem } from './problem';
import type { PhotoMap } from './types';

/** Of more photos, so many are drawn at random. */
const mostPhotos = 10_000;
/** See `PhotoMap.sheet`. */
const sheet = { across: 32, side: 32 };
const photosPerSheet = sheet.across ** 2;

/** A map as it is kept. */
export interface DrawnMap extends Omit<PhotoMap, 'photos' | 'sheet'> {
  photos: (ListedPhoto & { column: number; row: number })[];
}

export interface PhotoMaps {
  /** The map; undefined while it is being drawn. */
  map: (library: Library) => Promise<PhotoMap | undefined>;
  /** The file of a sheet of small pictures, which is made when it is first asked for. */
  sheet: (library: Library, number: number) => Promise<string>;
  close: () => void;
}

/**
 * Maps of all photos, similar ones close together, kept in `folder`: one for each state of an index.
 *
 * @param serviceUri of the cluster, for the process that draws
 */
export function photoMaps(folder: string, make: MakePicture, serviceUri?: string): PhotoMaps {
  const drawing = new Map<string, ChildProcess>();
  const failed = new Set<string>();
  const painting = new Map<string, Promise<string>>();

  async function draw(file: string, index: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    if (drawing.has(file)) return;
    const env = { ...process.env, ...(serviceUri !== undefined && { SERVICE_URI: serviceUri }) };
    const program = [path.join(__dirname, 'map-process.ts'), index, String(mostPhotos), file];
    const child = spawn(process.execPath, ['--import=tsx', ...program], { env, stdio: 'inherit' });
    drawing.set(file, child);
    await once(child, 'exit');
    drawing.delete(file);
    if (!existsSync(file)) failed.add(file);
  }

  async function read(library: Library): Promise<{ file: string; drawn?: DrawnMap }> {
    const { client, index, clip } = library;
    const { photos } = await samplePhotos(client, { index, limit: mostPhotos });
    const state = JSON.stringify([index, describeModel(clip.identity), photos.map(({ id }) => id)]);
    const digest = createHash('sha256').update(state).digest('hex').slice(0, 32);
    const file = path.join(folder, `${digest}.json`);
    if (!existsSync(file)) return { file };
    return { file, drawn: JSON.parse(await readFile(file, 'utf8')) as DrawnMap };
  }

  async function paint({ photosDir }: Library, photos: DrawnMap['photos'], file: string) {
    const { across, side } = sheet;
    const tiles = photos.map(async ({ image_url }, i): Promise<OverlayOptions[]> => {
      const photo = await photoFile(photosDir, image_url);
      const thumb = photo && (await make(photo, 'thumb').catch(() => undefined));
      if (thumb === undefined) return [];
      const input = await sharp(thumb).resize(side, side).raw().toBuffer();
      const raw = { width: side, height: side, channels: 3 } as const;
      return [{ input, raw, left: (i % across) * side, top: Math.floor(i / across) * side }];
    });
    const whole = across * side;
    const ground = { width: whole, height: whole, channels: 3, background: '#888' } as const;
    await sharp({ create: ground })
      .composite((await Promise.all(tiles)).flat())
      .webp({ quality: 70 })
      .toFile(file);
    return file;
  }

  return {
    async map(library) {
      const { file, drawn } = await read(library);
      if (drawn) {
        const photos = drawn.photos.map(({ id, column, row }) => ({ id, column, row }));
        return { ...drawn, photos, sheet };
      }
      if (failed.delete(file)) {
        throw problem(500, 'mistake', 'The map could not be drawn: the terminal has the details.');
      }
      void draw(file, library.index);
      return undefined;
    },
    async sheet(library, number) {
      const { file, drawn } = await read(library);
      const photos = drawn?.photos.slice(number * photosPerSheet, (number + 1) * photosPerSheet);
      if (!photos?.length) throw problem(404, 'request', `The map has no sheet ${number}.`);
      const picture = file.replace(/\.json$/, `-${number}.webp`);
      if (existsSync(picture)) return picture;
      const promise = painting.get(picture) ?? paint(library, photos, picture);
      painting.set(picture, promise);
      return promise.finally(() => painting.delete(picture));
    },
    close() {
      for (const child of drawing.values()) child.kill();
    },
  };
}
