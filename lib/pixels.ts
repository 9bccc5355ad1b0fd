import sharp, { type Sharp } from 'sharp';
import { PhotoSearchError } from './errors';
import type { ClipInput } from './model/clip-input';
import { type OpenPhoto, openPhoto, type OpenPhotoOptions } from './open-photo';
import { enlarge } from './photo/enlarge';
import { photoProblem } from './photo/photo-problem';

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
  if (bytes.length !== 3 * area) throw new Error(`${bytes.length} bytes instead of ${3 * area}`);
  const pixels = new Float32Array(3 * area);
  for (const colour of [0, 1, 2] as const) {
    const normalised = (_: unknown, value: number) => (Math.fround(value * scale) - mean[colour]) / std[colour];
    const table = Float32Array.from({ length: 256 }, normalised);
    const plane = pixels.subarray(colour * area, (colour + 1) * area);
    for (let i = 0; i < area; i++) plane[i] = table[bytes[3 * i + colour] ?? 0] ?? 0;
  }
  return pixels;
}
