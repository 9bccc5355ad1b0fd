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

export interface PhotoMaps {
  /** The map of all photos, similar ones close together; undefined while it is being drawn. */
  map: (library: Library) => Promise<PhotoMap | undefined>;
  close: () => void;
}

/**
 * Maps are kept in `folder`: one for each state of an index.
 *
 * @param address that `folder` is served at
 * @param serviceUri of the cluster, for the process that draws
 */
export function photoMaps(folder: string, address: string, serviceUri?: string): PhotoMaps {
  const drawing = new Map<string, ChildProcess>();
  const failed = new Set<string>();

  async function draw({ index, photosDir }: Library, name: string): Promise<void> {
    const env = { ...process.env, ...(serviceUri !== undefined && { SERVICE_URI: serviceUri }) };
    const args = [index, photosDir, String(mostPhotos), path.join(folder, name)];
    const program = ['--import=tsx', path.join(__dirname, 'map-process.ts'), ...args];
    const child = spawn(process.execPath, program, { env, stdio: 'inherit' });
    drawing.set(name, child);
    const [code] = (await once(child, 'exit')) as [number | null];
    drawing.delete(name);
    if (code !== 0) failed.add(name);
  }

  return {
    async map(library) {
      const { client, index, clip } = library;
      const { photos } = await samplePhotos(client, { index, limit: mostPhotos });
      const state = JSON.stringify([index, describeModel(clip.identity), photos.map(({ id }) => id)]);
      const name = createHash('sha256').update(state).digest('hex').slice(0, 32);
      const drawn = await readFile(path.join(folder, name, 'map.json'), 'utf8').catch(() => undefined);
      if (drawn !== undefined) {
        return { ...(JSON.parse(drawn) as Omit<PhotoMap, 'folder'>), folder: `${address}/${name}` };
      }
      if (failed.delete(name)) {
        throw problem(500, 'mistake', 'The map could not be drawn: the terminal has the details.');
      }
      if (!drawing.has(name)) void draw(library, name);
      return undefined;
    },
    close() {
      for (const child of drawing.values()) child.kill();
    },
  };
}
