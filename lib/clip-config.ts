import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkshopError } from './errors';
import { towerDtypes, weightsFile, type Dtype, type Tower } from './tower-dtypes';

/** What is needed of a model's own configuration to run it. */
export interface ClipConfig {
  /** Length of a text in tokens that the model takes at most, 77 for nearly all CLIPs. */
  maxTokens: number;
  dtypes: Record<Tower, Dtype>;
}

/** The fields of `config.json` that are read here. */
interface ConfigJson {
  model_type?: string;
  text_config?: { max_position_embeddings?: number };
}

/**
 * Reads a model's `config.json`, and sees that it is a CLIP and that both towers' weights are there.
 *
 * @param dtype as in `ModelIdentity`
 * @throws WorkshopError with what is missing
 */
export async function readClipConfig(folder: string, dtype: string): Promise<ClipConfig> {
  const dtypes = towerDtypes(dtype);
  const config = await readJson(path.join(folder, 'config.json'));
  if (config.model_type !== 'clip') {
    throw new WorkshopError(
      `The model in ${folder} is not a CLIP (its config.json says model_type: ` +
        `${JSON.stringify(config.model_type)}): choose another CLIP_MODEL.`,
    );
  }
  for (const tower of ['text', 'vision'] as const) {
    const file = weightsFile(tower, dtypes[tower]);
    if (await isMissing(path.join(folder, file))) {
      throw new WorkshopError(
        `The model in ${folder} has no ${tower} tower for ${dtypes[tower]} (${file} is missing): ` +
          'choose another CLIP_DTYPE or CLIP_MODEL.',
      );
    }
  }
  return { maxTokens: config.text_config?.max_position_embeddings ?? 77, dtypes };
}

async function readJson(file: string): Promise<ConfigJson> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ConfigJson;
  } catch (cause) {
    throw new WorkshopError(
      `${file} cannot be read: CLIP_MODEL must name a CLIP in transformers.js layout.`,
      { cause },
    );
  }
}

function isMissing(file: string): Promise<boolean> {
  return access(file).then(
    () => false,
    () => true,
  );
}
