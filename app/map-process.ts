// Draws the map in a process of its own, which may take minutes for 10,000 photos: node … map-process.ts INDEX LIMIT FILE
import { rename, writeFile } from 'node:fs/promises';
import { connectOpenSearch, readSettings } from '../workshop/index';
import { placeTiles, projectVectors, readVectors, samplePhotos } from '../further/index';
import type { DrawnMap } from './photo-map';

/** Width to height, and the share of the ground that is covered with photos. */
const ratio = 3 / 2;
const filled = 0.55;

async function main(): Promise<void> {
  const [index = '', limit = '', file = ''] = process.argv.slice(2);
  const client = await connectOpenSearch(readSettings());
  const { photos: listed, total } = await samplePhotos(client, { index, limit: Number(limit) });
  const ids = listed.map(({ id }) => id);
  const vectors = await readVectors(client, index, ids);
  await client.close();
  const photos = listed.flatMap((photo, i) => (vectors[i] ? [{ ...photo, vector: vectors[i] }] : []));
  const points = await projectVectors(photos.map(({ vector }) => vector));
  const columns = Math.ceil(Math.sqrt((photos.length / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  const spans = photos.map(() => 1);
  const placed = placeTiles(points, spans, { columns, rows });
  const map: DrawnMap = {
    ...{ columns, rows, total },
    photos: photos.map(({ id, image_url }, i) => {
      const { column = 0, row = 0 } = placed[i] ?? {};
      return { id, image_url, column, row };
    }),
  };
  await writeFile(`${file}.unfinished`, JSON.stringify(map));
  await rename(`${file}.unfinished`, file);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
