import sharp, { type Sharp } from 'sharp';
import type { ClipInput } from './clip-config';
import { PhotoSearchError } from './errors';
import { openPhoto, type OpenPhoto, type OpenPhotoOptions, photoProblem } from './open-photo';

/** One photo as the model's input: [3, height, width], all red values first, normalised by the model's mean and std. */
export type Pixels = Float32Array;

/**
 * Decodes a photo and prepares it as CLIP was trained: shorter side to the model's size by antialiased cubic
 * interpolation, the middle cut out, mean and standard deviation normalised. It follows `openai/CLIP` on PIL to within
 * rounding. The file is opened as everywhere else, see `openPhoto`.
 *
 * @param photo path of the file, or its bytes
 * @returns [3, height, width] of `input.crop`
 * @throws PhotoSearchError if it is not a picture that can be decoded, or has more pixels than the limit
 */
export async function readPixels(
  photo: string | Uint8Array,
  input: ClipInput,
  { limitPixels }: Pick<OpenPhotoOptions, 'limitPixels'> = {},
): Promise<Pixels> {
  const decoded = await decodePhoto(photo, input, limitPixels);
  if ('pixels' in decoded) return decoded.pixels;
  const name = typeof photo === 'string' ? photo : 'The photo';
  throw new PhotoSearchError(`${name} ${decoded.problem}.`, { cause: decoded.cause });
}

/** A photo as {@link readPixels} gives it and what its file says besides; or what is wrong with it, see `photoProblem`. */
type DecodedPhoto = ({ pixels: Pixels } & Pick<OpenPhoto, 'header' | 'warning'>) | { problem: string; cause: unknown };

export async function decodePhoto(
  photo: string | Uint8Array,
  input: ClipInput,
  limitPixels?: number,
): Promise<DecodedPhoto> {
  try {
    // Without its colour profile: CLIP was trained on pixels as the files have them.
    const { image, header, warning } = await openPhoto(photo, { limitPixels, ignoreProfile: true });
    const pixels = toModelInput(await resizeAndCrop(image, header.autoOrient, input), input);
    return { pixels, header, warning };
  } catch (cause) {
    return { problem: await photoProblem(photo, cause), cause };
  }
}

type Size = ClipInput['crop'];

/** @returns red, green and blue bytes, pixel after pixel: [height, width, 3] of `input.crop` */
async function resizeAndCrop(image: Sharp, original: Size, { resize, crop, kernel }: ClipInput): Promise<Uint8Array> {
  const resized = resizedSize(original, resize);
  const cut = {
    left: roundHalfToEven((resized.width - crop.width) / 2),
    top: roundHalfToEven((resized.height - crop.height) / 2),
    ...crop,
  };
  if (original.width < resized.width || original.height < resized.height) {
    return enlarge(await toBytes(image), original, resized, cut, kernel);
  }
  const shrunk = await shrinkLarge(image, original, resized, kernel);
  return toBytes(shrunk.resize({ ...resized, fit: 'fill', kernel, fastShrinkOnLoad: false }).extract(cut));
}

/**
 * A resize by 4 or more would average whole pixels first, or let the JPEG decoder do so, which blurs and aliases. From
 * there on there are two steps: this one, of any factor, to three times the final size, then the resize proper. If it
 * is larger still, the decoder leaves twice that, and the average of pixels no longer shows (docs/exactness.md).
 */
async function shrinkLarge(image: Sharp, original: Size, resized: Size, kernel: ClipInput['kernel']): Promise<Sharp> {
  const width = original.width < 4 * resized.width ? original.width : 3 * resized.width;
  const height = original.height < 4 * resized.height ? original.height : 3 * resized.height;
  if (width === original.width && height === original.height) return image;
  const bytes = await toBytes(image.resize({ width, height, fit: 'fill', kernel, fastShrinkOnLoad: false }));
  return sharp(bytes, { raw: { width, height, channels: 3 } });
}

function toBytes(image: Sharp): Promise<Uint8Array> {
  return image.toColourspace('srgb').removeAlpha().raw().toBuffer();
}

/** The longer side is cut to whole pixels, as `torchvision.transforms.Resize` does. */
function resizedSize({ width, height }: Size, resize: ClipInput['resize']): Size {
  if (!('shortestEdge' in resize)) return resize;
  const { shortestEdge } = resize;
  return width <= height
    ? { width: shortestEdge, height: Math.floor((shortestEdge * height) / width) }
    : { width: Math.floor((shortestEdge * width) / height), height: shortestEdge };
}

/** Python's `round`: a half goes to the even neighbour. It decides where the middle of an odd size is. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** [height, width, 3] of bytes to [3, height, width] of numbers, by a table of the 256 values of each colour. */
function toModelInput(bytes: Uint8Array, { scale, mean, std, crop }: ClipInput): Pixels {
  const area = crop.width * crop.height;
  const pixels = new Float32Array(3 * area);
  for (const colour of [0, 1, 2] as const) {
    const normalised = (_: unknown, value: number) => (Math.fround(value * scale) - mean[colour]) / std[colour];
    const table = Float32Array.from({ length: 256 }, normalised);
    const plane = pixels.subarray(colour * area, (colour + 1) * area);
    for (let i = 0; i < area; i++) plane[i] = table[bytes[3 * i + colour] ?? 0] ?? 0;
  }
  return pixels;
}

/** For each pixel of a resized line: which pixels of the original count, and how much. */
type Neighbours = { first: number; weights: number[] }[];

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** PIL's interpolations: weight of a pixel by its distance, and how far they reach. Cubic is Keys' with a = -0.5. */
const interpolations = {
  nearest: { reach: 0.5, weight: () => 1 },
  linear: { reach: 1, weight: (x: number) => 1 - x },
  cubic: {
    reach: 2,
    weight: (x: number) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
  lanczos3: { reach: 3, weight: (x: number) => sinc(x) * sinc(x / 3) },
};

/**
 * Resizes a picture exactly as PIL does and cuts a piece out of the result. It is for small pictures that are to
 * become larger: libvips, which shrinks well and fast, moves what it enlarges by half a pixel.
 *
 * @param bytes red, green and blue, pixel after pixel: [from.height, from.width, 3]
 * @param cut the piece of the resized picture that is wanted
 * @returns [cut.height, cut.width, 3]
 */
function enlarge(
  bytes: Uint8Array,
  from: Size,
  to: Size,
  cut: Size & { left: number; top: number },
  kernel: ClipInput['kernel'],
): Uint8Array {
  const columns = neighbours(from.width, to.width, cut.left, cut.width, kernel);
  const rows = neighbours(from.height, to.height, cut.top, cut.height, kernel);
  // Along the rows first, rounded to bytes, then along the columns: as PIL does. Only the rows that count are widened.
  const top = rows.reduce((least, { first }) => Math.min(least, first), from.height);
  const bottom = rows.reduce((most, { first, weights }) => Math.max(most, first + weights.length), 0);
  const widened = new Uint8ClampedArray((bottom - top) * cut.width * 3);
  for (let y = top, to = 0; y < bottom; y++) {
    for (const { first, weights } of columns) {
      for (let colour = 0; colour < 3; colour++) {
        widened[to++] = weightedSum(bytes, (y * from.width + first) * 3 + colour, 3, weights);
      }
    }
  }
  const result = new Uint8ClampedArray(cut.height * cut.width * 3);
  const rowLength = cut.width * 3;
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < rowLength; x++) {
      result[y * rowLength + x] = weightedSum(widened, (first - top) * rowLength + x, rowLength, weights);
    }
  });
  return new Uint8Array(result.buffer);
}

function weightedSum(values: Uint8Array | Uint8ClampedArray, start: number, step: number, weights: number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (values[start + i * step] ?? 0) * (weights[i] ?? 0);
  return sum;
}

/**
 * As `precompute_coeffs` in PIL's `Resample.c`. Where a side shrinks, more pixels count: that avoids aliasing.
 *
 * @returns for `count` pixels of the resized line, from number `start` on
 */
function neighbours(from: number, to: number, start: number, count: number, kernel: ClipInput['kernel']): Neighbours {
  const { reach, weight } = interpolations[kernel];
  const scale = from / to;
  const spread = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach * spread + 0.5));
    const end = Math.min(from, Math.floor(centre + reach * spread + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) => weight(Math.abs(first + k + 0.5 - centre) / spread));
    const total = weights.reduce((sum, value) => sum + value, 0);
    return { first, weights: weights.map((value) => value / total) };
  });
}
