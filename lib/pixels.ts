import sharp from 'sharp';
import type { ClipInput } from './clip-input';
import { WorkshopError } from './errors';
import { photoProblem } from './photo-problem';

/** One photo as the model's input: [3, height, width], all red values first, normalised by the model's mean and std. */
export type Pixels = Float32Array;

/**
 * Version of the steps below. It belongs to the identity of a model: when a change to the steps changes vectors,
 * this changes too, so that an index never mixes the two.
 */
export const preprocessingVersion = 'sharp-1';

export interface ReadPixelsOptions {
  /** Most pixels (width times height) that a photo may have before it is decoded: it guards memory. Default 100 million. */
  limitPixels?: number;
}

/**
 * Decodes a photo and prepares it as CLIP was trained: shorter side to the model's size by antialiased cubic
 * interpolation, middle cut out, mean and standard deviation normalised. This follows `openai/CLIP`'s preprocessing
 * with PIL to within rounding; `docs/exactness.md` has the figures and the choices made for odd files.
 *
 * Orientation noted by the camera (EXIF) is applied, transparency falls on white, of an animation the first frame counts.
 *
 * @param photo path of the file, or its bytes
 * @returns [3, height, width] of `input.crop`
 * @throws WorkshopError if it is not a picture that can be decoded, or has more pixels than the limit
 */
export async function readPixels(
  photo: string | Uint8Array,
  input: ClipInput,
  { limitPixels = 100_000_000 }: ReadPixelsOptions = {},
): Promise<Pixels> {
  try {
    return toModelInput(await resizeAndCrop(photo, input, limitPixels), input);
  } catch (cause) {
    const name = typeof photo === 'string' ? photo : 'The photo';
    throw new WorkshopError(`${name} ${photoProblem(cause)}`, { cause });
  }
}

/** @returns red, green and blue bytes, pixel after pixel: [height, width, 3] of `input.crop` */
async function resizeAndCrop(
  photo: string | Uint8Array,
  { resize, crop, kernel }: ClipInput,
  limitPixels: number,
): Promise<Uint8Array> {
  const options = { autoOrient: true, failOn: 'error' } as const;
  const { autoOrient: original } = await sharp(photo, {
    ...options,
    limitInputPixels: false,
  }).metadata();
  if (original.width * original.height > limitPixels) {
    throw new RangeError(
      `has ${original.width} x ${original.height} pixels, more than the limit of ${limitPixels}: ` +
        'shrink it, or raise limitPixels',
    );
  }
  const { width, height } = resizedSize(original, resize);
  return sharp(photo, { ...options, limitInputPixels: limitPixels })
    .flatten({ background: 'white' })
    .resize({ width, height, fit: 'fill', kernel })
    .extract({
      left: roundHalfToEven((width - crop.width) / 2),
      top: roundHalfToEven((height - crop.height) / 2),
      width: crop.width,
      height: crop.height,
    })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** The long side is cut to a whole pixel, as `torchvision.transforms.Resize` does. */
function resizedSize(
  { width, height }: { width: number; height: number },
  resize: ClipInput['resize'],
): { width: number; height: number } {
  if (!('shortestEdge' in resize)) return resize;
  const { shortestEdge } = resize;
  return width <= height
    ? { width: shortestEdge, height: Math.floor((shortestEdge * height) / width) }
    : { width: Math.floor((shortestEdge * width) / height), height: shortestEdge };
}

/** Python's `round`: a half goes to the even neighbour. The place of the crop depends on it. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** [height, width, 3] of bytes to [3, height, width] of normalised numbers, by a table of the 256 values per colour. */
function toModelInput(bytes: Uint8Array, { scale, mean, std, crop }: ClipInput): Pixels {
  const area = crop.width * crop.height;
  const pixels = new Float32Array(3 * area);
  for (const colour of [0, 1, 2] as const) {
    const table = Float32Array.from(
      { length: 256 },
      (_, value) => (Math.fround(value * scale) - mean[colour]) / std[colour],
    );
    const offset = colour * area;
    for (let i = 0; i < area; i++) pixels[offset + i] = table[bytes[3 * i + colour] ?? 0] ?? 0;
  }
  return pixels;
}
