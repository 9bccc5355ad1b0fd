import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeModel } from '../lib/index';
import { samplePhotos } from '../further/index';
import type { Library } from './library';
import { problem } from './problem';
import type { PhotoMap } from './types';

/** Of more photos, so many are drawn at random. */
const mostPhotos = 10_000;

/**
 * Maps are kept in `folder`, which is served at `maps/`: one for each index, drawn again when its photos are others. One
 * is drawn at a time.
 *
 * @param serviceUri of the cluster, for the process that draws
 */
export function photoMaps(folder: string, serviceUri?: string) {
  let drawing: ChildProcess | undefined;
  const failed = new Set<string>();

  async function draw({ index, photosDir }: Library, name: string): Promise<void> {
    const program = ['--require=tsx/cjs', path.join(__dirname, 'map-process.ts')];
    const args = [index, photosDir, String(mostPhotos), path.join(folder, name)];
    const env = { ...process.env, ...(serviceUri !== undefined && { SERVICE_URI: serviceUri }) };
    drawing = spawn(process.execPath, [...program, ...args], { env, stdio: 'inherit' });
    const [code] = (await once(drawing, 'exit')) as [number | null];
    drawing = undefined;
    if (code !== 0) failed.add(name);
  }

  return {
    /** The map of all photos, similar ones close together; undefined while it is being drawn. */
    map: async (library: Library): Promise<PhotoMap | undefined> => {
      const { client, index, clip } = library;
      const { photos } = await samplePhotos(client, { index, limit: mostPhotos });
      const state = JSON.stringify([describeModel(clip.identity), photos.map(({ id }) => id)]);
      const name = `${index}/${createHash('sha256').update(state).digest('hex').slice(0, 32)}`;
      const drawn = await readFile(path.join(folder, `${name}.json`), 'utf8').catch(() => undefined);
      if (drawn !== undefined) {
        return { ...(JSON.parse(drawn) as Omit<PhotoMap, 'picture'>), picture: `maps/${name}.webp` };
      }
      if (failed.delete(name)) {
        throw problem(500, 'mistake', 'The map could not be drawn: the terminal has the details.');
      }
      if (!drawing) void draw(library, name);
      return undefined;
    },
    close: () => drawing?.kill(),
  };
}
