import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { indexState } from '../further/index';
import type { Library, Wiring } from './library';
import type { PhotoMap } from './types';

/** Of more photos, this many are drawn at random. */
const limit = 10_000;
/** How long all who ask get the same map, or its failure, in ms: the page asks every two seconds. */
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
