import path from 'node:path';
import { readJson, unusable } from './model-config';

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
 * @throws PhotoSearchError if the file is missing, or its values are not supported here
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
