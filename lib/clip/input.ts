import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkshopError } from '../errors';

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
  do_resize?: boolean;
  do_center_crop?: boolean;
  do_rescale?: boolean;
  do_normalize?: boolean;
  size?: number | { shortest_edge?: number; width?: number; height?: number };
  crop_size?: number | { width?: number; height?: number };
  resample?: number;
  rescale_factor?: number;
  image_mean?: number[];
  image_std?: number[];
}

/**
 * Reads how a model wants its photos. Sizes and numbers that the file leaves out are those of Python's
 * `CLIPImageProcessor`; steps that it turns off are left out (MobileCLIP has neither mean nor std).
 *
 * @throws WorkshopError if the file is missing, or its values cannot be followed
 */
export async function readClipInput(folder: string): Promise<ClipInput> {
  const file = path.join(folder, 'preprocessor_config.json');
  let config: PreprocessorConfig;
  try {
    config = JSON.parse(await readFile(file, 'utf8')) as PreprocessorConfig;
  } catch (cause) {
    throw new WorkshopError(
      `${file} cannot be read, but it says how photos are prepared for the model: name a model folder that has it.`,
      { cause },
    );
  }
  const unusable = (field: string, value: unknown) =>
    new WorkshopError(
      `${file} says ${field}: ${JSON.stringify(value)}, which these preparation steps do not know: choose another CLIP_MODEL.`,
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
