import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import { describeModel } from '../lib/index';
import { samplePhotos } from '../further/index';
import type { Library } from './library';
import { problem } from './problem';
import type { PhotoMap } from './types';

/** Of more photos, so many are drawn at random. */
const mostPhotos = 10_000;

/**
 * Maps are kept in `folder`, which is served at `maps/`: one for each index, drawn again when its photos are others.
 *
 * @param serviceUri of the cluster, for the process that draws
 */
export function photoMaps(folder: string, serviceUri: () => string | undefined) {
  const closing = new AbortController();
  const drawn = new LRUCache<string, PhotoMap, Library>({
    max: 2,
    ignoreFetchAbort: true,
    fetchMethod: async (name, _, { context: { index, photosDir } }) => {
      const file = path.join(folder, name);
      const read = async (): Promise<PhotoMap> => {
        const map = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Omit<PhotoMap, 'picture'>;
        return { ...map, picture: `maps/${name}.webp` };
      };
      return read().catch(async () => {
        await draw([index, photosDir, String(mostPhotos), file]);
        return read();
      });
    },
  });

  async function draw(args: string[]): Promise<void> {
    const program = ['--require=tsx/cjs', path.join(__dirname, 'map-process.ts')];
    const env = { ...process.env, SERVICE_URI: serviceUri() ?? '' };
    try {
      await promisify(execFile)(process.execPath, [...program, ...args], { env, signal: closing.signal });
    } catch (error) {
      if (!closing.signal.aborted) console.error(error);
      throw problem(500, 'mistake', 'The map could not be drawn: the terminal has the details.');
    }
  }

  async function newest(library: Library): Promise<PhotoMap> {
    const { client, index, clip } = library;
    const { photos } = await samplePhotos(client, { index, limit: mostPhotos });
    const state = JSON.stringify([describeModel(clip.identity), photos.map(({ id }) => id)]);
    const name = `${index}/${createHash('sha256').update(state).digest('hex').slice(0, 32)}`;
    return drawn.forceFetch(name, { context: library });
  }

  /** By index: one is drawn at a time, whatever photos come meanwhile. */
  const drawing = new Map<string, Promise<PhotoMap>>();

  return {
    /** The map of all photos, similar ones close together, once it is drawn. */
    map: (library: Library): Promise<PhotoMap> => {
      const { index } = library;
      const map = drawing.get(index) ?? newest(library).finally(() => drawing.delete(index));
      drawing.set(index, map);
      return map;
    },
    close: () => {
      closing.abort();
    },
  };
}
