import { hasProblem } from '../download/error';
import { PhotoSearchError } from '../lib/errors';
import { type ModelConfig, type Tower, towerDtypes, weightsFile } from '../lib/model/model-config';
import { modelPaths, usualDtypes } from './model-paths';
import { defaultModel } from './default-model';
import { missingFiles, type ModelSettings } from './ensure-files';
import { askHub, type HubPatience } from './ask-hub';
import type { HubModel } from './parse-model-name';

/**
 * Asks the hub whether it has the weights that are not in the cache: better told now than in notebook 2.
 * @throws PhotoSearchError if it has them in other precisions only, or if the model is not split in two towers
 * @throws DownloadError if the hub does not answer
 */
export async function requireTowers(
  model: HubModel,
  config: ModelConfig,
  dtype: string,
  settings: ModelSettings,
  options: HubPatience,
): Promise<void> {
  const has = async (file: string): Promise<boolean> => {
    try {
      await askHub(model, file, settings, options);
      return true;
    } catch (error) {
      if (hasProblem(error, 'missing')) return false;
      throw error;
    }
  };
  for (const { path: file } of await missingFiles(model, modelPaths(config, dtype), settings)) {
    if (!file.startsWith('onnx/') || (await has(file))) continue;
    const tower: Tower = file.startsWith('onnx/text') ? 'text' : 'vision';
    const others: string[] = [];
    for (const other of usualDtypes) {
      if (other !== towerDtypes(dtype)[tower] && (await has(weightsFile(tower, other)))) {
        others.push(other);
      }
    }
    throw new PhotoSearchError(
      others.length > 0
        ? `${model.id} has no ${file}, but has its ${tower} tower as ${others.join(' and ')}: set CLIP_DTYPE.`
        : `${model.id} has no ${tower} tower of its own (onnx/${tower}_model….onnx): choose a CLIP_MODEL that is ` +
            `split in two, such as ${defaultModel.id}.`,
    );
  }
}
