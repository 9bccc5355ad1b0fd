import { PhotoSearchError } from '../lib/errors';
import type { Dtype } from '../lib/model/model-config';

/**
 * What is used here of `lib/model/open-tower.ts`. Its own types bring 500 files of transformers.js along, which tslab
 * would read before the first cell runs.
 */
interface TextTowerModule {
  openTower: (folder: string, tower: 'text', dtype: Dtype) => { dispose(): Promise<void> };
  embedTokens: (tower: object, ids: readonly number[]) => Promise<Float32Array | undefined>;
}

/**
 * The vectors' length for a model whose `config.json` does not say it, as MobileCLIP's: its text tower is asked.
 *
 * @param folder a model's, in transformers.js's layout, absolute
 * @throws PhotoSearchError if the tower can't be run
 */
export async function textDimension(folder: string, dtype: Dtype): Promise<number> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand: it brings transformers.js along
  const { embedTokens, openTower } = require('../lib/model/open-tower') as TextTowerModule;
  const tower = openTower(folder, 'text', dtype);
  try {
    const vector = await embedTokens(tower, [0, 1]);
    if (vector) return vector.length;
    throw new PhotoSearchError(`The text tower in ${folder} gives no vector.`, { code: 'model-unusable' });
  } finally {
    await tower.dispose();
  }
}
