import { access } from 'node:fs/promises';
import path from 'node:path';
import { WorkshopError } from '../errors';
import { modelPaths, readModelConfig, type ModelConfig } from '../model/config';
import { assertWholeFiles } from '../model/whole-file';
import { towerDtypes, weightsFile, type Dtype, type Tower } from '../model/tower-dtypes';

/** What must be known of a model to run it. */
export interface ClipConfig extends ModelConfig {
  dtypes: Record<Tower, Dtype>;
}

/**
 * Reads a model's `config.json`, and sees that it is a CLIP and that all its files, with the weights of both towers, are
 * there and whole.
 *
 * @param dtype as in `ModelIdentity`
 * @param remedy what to do about a damaged file
 * @throws WorkshopError with what is missing or damaged
 */
export async function readClipConfig(
  folder: string,
  dtype: string,
  remedy: string,
): Promise<ClipConfig> {
  const dtypes = towerDtypes(dtype);
  const config = await readModelConfig(folder, `The model in ${folder}`);
  for (const tower of ['text', 'vision'] as const) {
    const file = weightsFile(tower, dtypes[tower]);
    if (await isMissing(path.join(folder, file))) {
      throw new WorkshopError(
        `The model in ${folder} has no ${tower} tower for ${dtypes[tower]} (${file} is missing): ` +
          'choose another CLIP_DTYPE or CLIP_MODEL.',
      );
    }
  }
  await assertWholeFiles(folder, modelPaths(config, dtype), remedy);
  return { ...config, dtypes };
}

function isMissing(file: string): Promise<boolean> {
  return access(file).then(
    () => false,
    () => true,
  );
}
