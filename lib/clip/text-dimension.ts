import { WorkshopError } from '../errors';
import type { Dtype } from './tower-dtypes';
import { copyAgain } from './whole-file';
import { openTextTower } from './text-tower';

/**
 * How long the vectors of a model are whose `config.json` does not say it, as MobileCLIP's: its text tower is asked.
 *
 * @param folder a model's, in transformers.js's layout, absolute
 * @throws WorkshopError if the tower can't be run
 */
export async function textDimension(folder: string, dtype: Dtype): Promise<number> {
  const tower = openTextTower(folder, dtype, copyAgain);
  try {
    const vector = await tower.embed([0, 1]);
    if (vector !== undefined && vector.length > 0) return vector.length;
    throw new WorkshopError(
      `The text tower in ${folder} gives no text_embeds: choose a CLIP_MODEL that is split in two towers with projection.`,
    );
  } finally {
    await tower.dispose();
  }
}
