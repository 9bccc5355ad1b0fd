import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkshopError } from '../errors';
import { assertWholeFiles, copyAgain } from './whole-file';
import { towerDtypes, weightsFile, type Dtype, type Tower } from './tower-dtypes';

/** What a model's `config.json` says about its files and vectors. */
export interface ModelConfig {
  /** Length of the vectors: `projection_dim`. Models that are no export of `transformers` may not tell it. */
  dimension?: number;
  /** Most tokens of a text, start and end token included: 77 for nearly all. */
  maxTokens: number;
  /** In how many further files (`.onnx_data`, `.onnx_data_1`, …) the weights of an ONNX file are kept; mostly 0. */
  externalData(onnxFile: string): number;
}

interface ConfigJson {
  model_type?: string;
  projection_dim?: number;
  text_config?: { max_position_embeddings?: number };
  'transformers.js_config'?: {
    use_external_data_format?: boolean | number | Record<string, boolean | number> | null;
  };
}

/**
 * Reads `config.json` in a model's folder.
 * @param model its name, for messages
 * @throws WorkshopError if there is none, or if the model is not a CLIP
 */
export async function readModelConfig(folder: string, model: string): Promise<ModelConfig> {
  let config: ConfigJson;
  try {
    config = JSON.parse(await readFile(path.join(folder, 'config.json'), 'utf8')) as ConfigJson;
  } catch (cause) {
    await assertWholeFiles(folder, [{ path: 'config.json' }], copyAgain);
    const reason = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new WorkshopError(
      `${path.join(folder, 'config.json')} ${reason}: CLIP_MODEL must name a CLIP in transformers.js layout.`,
      { cause },
    );
  }
  const { model_type: type, projection_dim: dimension } = config;
  if (type !== 'clip' || !(dimension === undefined || Number.isInteger(dimension))) {
    const has = `model_type ${JSON.stringify(type ?? null)}, projection_dim ${JSON.stringify(dimension ?? null)}`;
    throw new WorkshopError(
      `${model} is not a CLIP (its config.json has ${has}): choose a CLIP_MODEL with model_type "clip", ` +
        `such as Xenova/clip-vit-base-patch32.`,
    );
  }
  // As the library that loads the files decides it: by full name, by name without the format, or for all alike.
  const external = config['transformers.js_config']?.use_external_data_format ?? 0;
  return {
    dimension,
    maxTokens: config.text_config?.max_position_embeddings ?? 77,
    externalData(onnxFile) {
      if (typeof external !== 'object') return Number(external);
      const base = onnxFile.replace(/(_model)_?\w*\.onnx$/, '$1');
      return Number(external[onnxFile] ?? external[base] ?? 0);
    },
  };
}

/** A file of a model: path inside its folder, and whether the model works without it. */
export interface ModelPath {
  path: string;
  optional?: boolean;
}

/** What must be there before anything else is known. */
export const configPaths: ModelPath[] = [
  { path: 'config.json' },
  { path: 'preprocessor_config.json' },
];

/** All files that a model needs with weights of this `dtype`, and no others: small ones first. */
export function modelPaths(config: ModelConfig, dtype: string): ModelPath[] {
  return [
    ...configPaths,
    { path: 'tokenizer.json' },
    { path: 'tokenizer_config.json' },
    { path: 'special_tokens_map.json', optional: true },
    ...towerPaths(config, dtype, 'text'),
    ...towerPaths(config, dtype, 'vision'),
  ];
}

function towerPaths(config: ModelConfig, dtype: string, tower: Tower): ModelPath[] {
  const weights = weightsFile(tower, towerDtypes(dtype)[tower]);
  const chunks = config.externalData(path.basename(weights));
  const data = Array.from({ length: chunks }, (_, i) => `${weights}_data${i === 0 ? '' : `_${i}`}`);
  return [weights, ...data].map((file) => ({ path: file }));
}

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
