import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from './errors';
import type { ModelIdentity } from './index-model';

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

/** A model's files on this machine, and which model they are. */
export interface ClipFiles {
  /** Absolute path of a folder in transformers.js's layout. */
  folder: string;
  identity: ModelIdentity;
  /** How the weights for photos are read. Default: onnxruntime reads the file. */
  readVisionWeights?: ReadWeights | undefined;
}

/** Gives the weights in an ONNX file as onnxruntime takes them: the file's path, or bytes. */
export type ReadWeights = (file: string) => Promise<string | Uint8Array>;

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

function unusable(message: string, cause?: unknown): PhotoSearchError {
  return new PhotoSearchError(message, { code: 'model-unusable', cause });
}

async function readJson(folder: string, name: string): Promise<unknown> {
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

/** A red, a green and a blue value. */
export type Rgb = readonly [number, number, number];

/** What a CLIP's vision tower wants to be given, from the model's `preprocessor_config.json`. */
export interface ClipInput {
  /** The photo's shorter side is resized to this many pixels; or to exactly these, whatever its proportions. */
  resize: { shortestEdge: number } | { width: number; height: number };
  /** Then this many pixels are cut out of the middle: the model's input. */
  crop: { width: number; height: number };
  /** Interpolation of the resize. */
  kernel: (typeof kernels)[number];
  /** A value 0..255 becomes `(value * scale - mean) / std`. */
  scale: number;
  mean: Rgb;
  std: Rgb;
}

/** PIL's interpolations, by their numbers. */
const kernels = ['nearest', 'lanczos3', 'linear', 'cubic'] as const;

/** A size as `preprocessor_config.json` has it: a number in older files. */
type SizeJson = number | { shortest_edge?: number; width?: number; height?: number } | undefined;

interface PreprocessorConfig {
  do_resize?: boolean | undefined;
  do_center_crop?: boolean | undefined;
  do_rescale?: boolean | undefined;
  do_normalize?: boolean | undefined;
  size?: SizeJson;
  crop_size?: SizeJson;
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
  const config = (await readJson(folder, 'preprocessor_config.json')) as PreprocessorConfig;
  const normalised = config.do_normalize ?? config.image_mean !== undefined;
  const { size = 224, crop_size = 224, resample = 3 } = config;
  const { image_mean = [0.48145466, 0.4578275, 0.40821073] } = config;
  const { image_std = [0.26862954, 0.26130258, 0.27577711] } = config;
  const known = <T>(field: keyof PreprocessorConfig, value: T | undefined): T => {
    if (value !== undefined) return value;
    const file = path.join(folder, 'preprocessor_config.json');
    throw unusable(
      `${file} says ${field}: ${JSON.stringify(config[field])}, which the preparation of photos here does not support.`,
    );
  };

  known('do_resize', config.do_resize === false ? undefined : true);
  const exact = readSize(size);
  const edge = typeof size === 'number' ? size : size.shortest_edge;
  const resize = known('size', edge !== undefined ? { shortestEdge: edge } : exact);
  const uncropped = config.do_center_crop === false;
  // Without a crop only an exact size fits the model.
  const cut = uncropped ? (edge === undefined ? exact : undefined) : readSize(crop_size);
  // A larger crop than the photo would need an edge around it.
  const side = { width: edge ?? exact?.width ?? NaN, height: edge ?? exact?.height ?? NaN };
  const fits = cut && cut.width <= side.width && cut.height <= side.height;
  const crop = known('crop_size', fits ? cut : undefined);
  const std = normalised ? readRgb(image_std) : ([1, 1, 1] as const);
  return {
    resize,
    crop,
    kernel: known('resample', kernels[resample]),
    scale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
    mean: known('image_mean', normalised ? readRgb(image_mean) : ([0, 0, 0] as const)),
    std: known('image_std', std?.every((value) => value > 0) ? std : undefined),
  };
}

function readSize(size: NonNullable<SizeJson>): ClipInput['crop'] | undefined {
  if (typeof size === 'number') return { width: size, height: size };
  const { width, height } = size;
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function readRgb(values: number[]): Rgb | undefined {
  return values.length === 3 ? (values as [number, number, number]) : undefined;
}
