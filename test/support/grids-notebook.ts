import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './run-notebooks';

/** Names of the indexes that the notebook shows. */
export interface GridIndexes {
  /** At least 50 photos of this repository. */
  many: string;
  /** What a stranger might have written. */
  hostile: string;
}

/**
 * Writes a notebook that shows grids a workshop meets rarely: one hit, fifty, none, two grids side by side, and those
 * of a hostile index. Its code cells contain the words `one`, `fifty`, `none`, `pair` and `hostile`.
 */
export async function writeGridsNotebook(file: string, indexes: GridIndexes): Promise<void> {
  const sources = [
    `import { display } from 'tslab';
import { photoGrid, photoHits } from './lib/index';
import { connectOpenSearch, notebookAddress, readSettings, sideBySide } from './workshop/index';

const settings = readSettings();
const client = await connectOpenSearch(settings);

async function show(heading: string, index: string, size: number, grids = 1) {
  const body = { size: size, query: { match_all: {} } };
  const response = await client.search({ index: index, body: body });
  const hits = photoHits(response.body);
  const grid = await photoGrid(hits, { heading: heading, photosDir: settings.photosDir, address: notebookAddress });
  display.html(grids === 1 ? grid : sideBySide(Array(grids).fill(grid)));
  return hits;
}`,
    `await show('one', '${indexes.many}', 1);`,
    `await show('fifty', '${indexes.many}', 50);`,
    `await show('pair', '${indexes.many}', 4, 2);`,
    `await show('none', '${indexes.many}', 0);`,
    `await show('hostile', '${indexes.hostile}', 50);`,
  ];
  const template = JSON.parse(await readFile(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8')) as Record<
    string,
    unknown
  >;
  const cells = sources.map((source, position) => ({
    cell_type: 'code',
    execution_count: null,
    id: `c${position}`,
    metadata: {},
    outputs: [],
    source,
  }));
  await writeFile(file, JSON.stringify({ ...template, cells }));
}
