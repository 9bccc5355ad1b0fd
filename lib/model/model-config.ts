import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from '../errors';

/** A CLIP is two models: one for texts, one for photos. */
export type Tower = 'text' | 'vision';

/** What each number format of the weights adds to the name of their file. */
const fileSuffixes = { fp32: '', fp16: '_fp16', q8: '_quantized' };

/** Number format of a tower's weights. */
export type Dtype = keyof typeof fileSuffixes;

/**
 * Reads `fp32` (both towers) or `text=fp32,vision=q8` (each its own).
 *
 * @throws PhotoSearchError if it is neither
 */
export function towerDtypes(dtype: string): Record<Tower, Dtype> {
  if (isDtype(dtype)) return { text: dtype, vision: dtype };
  const parts = new Map(dtype.split(',').map((part) => part.trim().split('=') as [string, string]));
  const [text, vision] = [parts.get('text') ?? '', parts.get('vision') ?? ''];
  if (parts.size === 2 && isDtype(text) && isDtype(vision)) return { text, vision };
  throw new PhotoSearchError(
    `The number format '${dtype}' is not known: use one of ${Object.keys(fileSuffixes).join(', ')}, ` +
      'or one per tower as in text=fp32,vision=q8.',
  );
}

/** Path of a tower's weights inside the model's folder. */
export function weightsFile(tower: Tower, dtype: Dtype): string {
  return `onnx/${tower}_model${fileSuffixes[dtype]}.onnx`;
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(fileSuffixes, name);
}

/** What a model's `config.json` says about its vectors and files. */
export interface ModelConfig {
  /** Length of the vectors: `projection_dim`. Models that `transformers` did not export may lack it. */
  dimension?: number | undefined;
  /** Most tokens of a text, start and end token included: 77 for nearly all. */
  maxTokens: number;
  /** Whether weights lie in further files (`.onnx_data`) and in how many, for all ONNX files or by name. */
  externalData?: boolean | number | Record<string, boolean | number> | null | undefined;
}

interface ConfigJson {
  model_type?: string | undefined;
  projection_dim?: number | undefined;
  text_config?: { max_position_embeddings?: number };
  'transformers.js_config'?: { use_external_data_format?: ModelConfig['externalData'] };
}

export function unusable(message: string, cause?: unknown): PhotoSearchError {
  return new PhotoSearchError(message, { code: 'model-unusable', cause });
}

export async function readJson(folder: string, name: string): Promise<unknown> {
  const file = path.join(folder, name);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'is not JSON' : "can't be read";
    throw unusable(`${file} ${reason}: it describes a CLIP in transformers.js layout.`, cause);
  }
}

/**
 * Reads `config.json` in a model's folder.
 *
 * @throws PhotoSearchError if there is none, or if the model is not a CLIP
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = (await readJson(folder, 'config.json')) as ConfigJson;
  const { model_type: type, projection_dim: dimension } = config;
  if (type !== 'clip' || !(dimension === undefined || Number.isInteger(dimension))) {
    const has = `model_type ${JSON.stringify(type ?? null)}, projection_dim ${JSON.stringify(dimension ?? null)}`;
    throw unusable(`The model in ${folder} is not a CLIP (its config.json has ${has}).`);
  }
  return {
    dimension,
    maxTokens: config.text_config?.max_position_embeddings ?? 77,
    externalData: config['transformers.js_config']?.use_external_data_format,
  };
}
