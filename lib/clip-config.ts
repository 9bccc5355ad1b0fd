import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from './errors';

/** A CLIP is two models: one for texts, one for photos. */
export type Tower = 'text' | 'vision';

/** What each number format of the weights adds to the name of their file. */
const fileSuffixes = { fp32: '', fp16: '_fp16', q8: '_quantized', int8: '_int8', uint8: '_uint8' };

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

/** Whether a tower calculates with 8-bit numbers, which are scaled separately in each run. */
export function isQuantised(dtype: Dtype): boolean {
  return dtype === 'q8' || dtype === 'int8' || dtype === 'uint8';
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
  /** Length of the vectors: `projection_dim`. Models that are no export of `transformers` may not tell it. */
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

/**
 * Reads `config.json` in a model's folder.
 *
 * @throws PhotoSearchError if there is none, or if the model is not a CLIP
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const file = path.join(folder, 'config.json');
  let config: ConfigJson;
  try {
    config = JSON.parse(await readFile(file, 'utf8')) as ConfigJson;
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'is not JSON' : "can't be read";
    throw new PhotoSearchError(
      `${file} ${reason}: it describes a CLIP in transformers.js layout.`,
      {
        ...{ code: 'model-unusable', cause },
      },
    );
  }
  const { model_type: type, projection_dim: dimension } = config;
  if (type !== 'clip' || !(dimension === undefined || Number.isInteger(dimension))) {
    const has = `model_type ${JSON.stringify(type ?? null)}, projection_dim ${JSON.stringify(dimension ?? null)}`;
    throw new PhotoSearchError(
      `The model in ${folder} is not a CLIP (its config.json has ${has}).`,
      {
        code: 'model-unusable',
      },
    );
  }
  return {
    dimension,
    maxTokens: config.text_config?.max_position_embeddings ?? 77,
    externalData: config['transformers.js_config']?.use_external_data_format,
  };
}

/** What must be known of a model to run it. */
export interface ClipConfig extends ModelConfig {
  dtypes: Record<Tower, Dtype>;
}

/**
 * Reads a model's `config.json`, and sees that it is a CLIP and that the weights of both towers are there.
 *
 * @param dtype as in `ModelIdentity`
 * @throws PhotoSearchError with what is missing
 */
export async function readClipConfig(folder: string, dtype: string): Promise<ClipConfig> {
  const dtypes = towerDtypes(dtype);
  const config = await readModelConfig(folder);
  for (const tower of ['text', 'vision'] as const) {
    const file = weightsFile(tower, dtypes[tower]);
    if (!existsSync(path.join(folder, file))) {
      throw new PhotoSearchError(
        `The model in ${folder} has no ${tower} tower for ${dtypes[tower]}: ${file} is missing.`,
        { code: 'model-unusable' },
      );
    }
  }
  return { ...config, dtypes };
}

/** A red, a green and a blue value. */
export type Rgb = readonly [number, number, number];

/** What a CLIP's vision tower wants to be given, from the model's `preprocessor_config.json`. */
export interface ClipInput {
  /** The photo's shorter side is resized to this many pixels; or to exactly these, whatever its proportions. */
  resize: { shortestEdge: number } | { width: number; height: number };
  /** Then this many pixels are cut out of the middle: the model's input. */
  crop: { width: number; height: number };
  /** Interpolation of the resize. */
  kernel: 'nearest' | 'linear' | 'cubic' | 'lanczos3';
  /** A value 0..255 becomes `(value * scale - mean) / std`. */
  scale: number;
  mean: Rgb;
  std: Rgb;
}

/** PIL's numbers for its interpolations. */
const kernels: Record<number, ClipInput['kernel'] | undefined> = {
  0: 'nearest',
  1: 'lanczos3',
  2: 'linear',
  3: 'cubic',
};

/** The fields of `preprocessor_config.json` that are read here. Sizes are numbers in older files. */
interface PreprocessorConfig {
  do_resize?: boolean | undefined;
  do_center_crop?: boolean | undefined;
  do_rescale?: boolean | undefined;
  do_normalize?: boolean | undefined;
  size?: number | { shortest_edge?: number; width?: number; height?: number };
  crop_size?: number | { width?: number; height?: number };
  resample?: number | undefined;
  rescale_factor?: number | undefined;
  image_mean?: number[] | undefined;
  image_std?: number[] | undefined;
}

/**
 * Reads how a model wants its photos. Sizes and numbers that the file leaves out are those of Python's
 * `CLIPImageProcessor`; steps that it turns off are left out (MobileCLIP has neither mean nor std).
 *
 * @throws PhotoSearchError if the file is missing, or its values cannot be followed
 */
export async function readClipInput(folder: string): Promise<ClipInput> {
  const file = path.join(folder, 'preprocessor_config.json');
  let config: PreprocessorConfig;
  try {
    config = JSON.parse(await readFile(file, 'utf8')) as PreprocessorConfig;
  } catch (cause) {
    throw new PhotoSearchError(
      `${file} can't be read, but it says how photos are prepared for the model.`,
      { code: 'model-unusable', cause },
    );
  }
  const unusable = (field: string, value: unknown) =>
    new PhotoSearchError(
      `${file} says ${field}: ${JSON.stringify(value)}, which these preparation steps do not know.`,
      { code: 'model-unusable' },
    );

  const resize = readResize(config.size ?? 224);
  if (!resize) throw unusable('size', config.size);
  const crop =
    config.do_center_crop === false ? uncropped(resize) : readCrop(config.crop_size ?? 224);
  if (!crop) throw unusable('crop_size', config.crop_size);
  const kernel = kernels[config.resample ?? 3];
  if (!kernel) throw unusable('resample', config.resample);
  if (config.do_resize === false) throw unusable('do_resize', false);

  const normalised = config.do_normalize ?? config.image_mean !== undefined;
  const mean = normalised
    ? readRgb(config.image_mean ?? [0.48145466, 0.4578275, 0.40821073])
    : black;
  if (!mean) throw unusable('image_mean', config.image_mean);
  const std = normalised ? readRgb(config.image_std ?? [0.26862954, 0.26130258, 0.27577711]) : one;
  if (!std?.every((value) => value > 0)) throw unusable('image_std', config.image_std);
  const scale = config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255);
  return { resize, crop, kernel, scale, mean, std };
}

const black: Rgb = [0, 0, 0];
const one: Rgb = [1, 1, 1];

function readResize(
  size: NonNullable<PreprocessorConfig['size']>,
): ClipInput['resize'] | undefined {
  if (typeof size === 'number') return { shortestEdge: size };
  const { shortest_edge: shortestEdge, width, height } = size;
  if (shortestEdge !== undefined) return { shortestEdge };
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function readCrop(
  size: NonNullable<PreprocessorConfig['crop_size']>,
): ClipInput['crop'] | undefined {
  if (typeof size === 'number') return { width: size, height: size };
  const { width, height } = size;
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

/** Without a crop only an exact size fits the model. */
function uncropped(resize: ClipInput['resize']): ClipInput['crop'] | undefined {
  return 'width' in resize ? resize : undefined;
}

function readRgb(values: number[]): Rgb | undefined {
  const [red, green, blue] = values;
  return values.length === 3 && red !== undefined && green !== undefined && blue !== undefined
    ? [red, green, blue]
    : undefined;
}
