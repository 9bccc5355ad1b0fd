import { open, readFile } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { fileProblem, PhotoSearchError } from './errors';

export interface OpenPhotoOptions {
  /**
   * The most pixels (width times height) that a photo may have, to protect memory. Default: 300 million for a JPEG, which
   * is shrunk while it is decoded, and 100 million for others.
   */
  limitPixels?: number | undefined;
  /** Leaves pixels as the file has them, whatever its colour profile says. Default false: as the photo looks. */
  ignoreProfile?: boolean | undefined;
}

export interface OpenPhoto {
  /** The photo as people see it: turned by its EXIF orientation, with white behind transparency. */
  image: Sharp;
  header: Metadata;
  /** What is wrong with a photo that is usable anyway, as the end of a sentence that begins with its name. */
  warning?: string | undefined;
}

/**
 * Opens a photo. All code uses this function, so all parts accept the same photos. A damaged photo is an error. A file
 * that breaks the rules slightly, as some phones write it, is not, nor is a JPEG with a little missing at its end. Of an
 * animation, this takes the first frame.
 *
 * Pixels are decoded when you read them from `image`; errors in them are thrown then.
 *
 * @param photo path of the file, or its bytes
 * @throws sharp's error if it is not a picture; PhotoSearchError if it has more pixels than the limit
 */
export async function openPhoto(
  photo: string | Uint8Array,
  { limitPixels, ignoreProfile = false }: OpenPhotoOptions = {},
): Promise<OpenPhoto> {
  const header = await sharp(photo, { limitInputPixels: false }).metadata();
  const { width, height } = header.autoOrient;
  const isJpeg = header.format === 'jpeg';
  // Phones make JPEGs of up to 200 million pixels.
  const limit = limitPixels ?? (isJpeg ? 300_000_000 : 100_000_000);
  if (width * height > limit) {
    throw new PhotoSearchError(`has ${width} x ${height} pixels, more than the limit of ${limit}.`, {
      code: 'too-many-pixels',
    });
  }
  const lacksEnd = isJpeg && (await lacksLittle(photo, header));
  const image = sharp(photo, {
    autoOrient: true,
    failOn: lacksEnd ? 'none' : 'error',
    limitInputPixels: false, // checked above
    // Ink needs its profile to become light.
    ignoreIcc: ignoreProfile && header.space !== 'cmyk',
  }).flatten({ background: 'white' });
  return { image, header, ...(lacksEnd && { warning: 'is cut off at the end, but used anyway' }) };
}

/** So much of a picture's height, at the bottom, may be missing. */
const mostMissing = 0.05;

/** To smooth colours, the decoder wants the next row of blocks too, up to 16 pixels high. */
const readAhead = 16;

/** So many bytes say something about a picture, whatever it shows. */
const lastBytesCount = 64;

/** Markers of a JPEG (ITU-T T.81, table B.1). */
const endMarker = Buffer.from([0xff, 0xd9]);
const scanMarker = Buffer.from([0xff, 0xda]);
/** sharp calls progressive what has several scans, as each component may have its own. */
const progressiveFrame = 0xc2;

/**
 * Whether a JPEG is cut off at its end, as after an interrupted copy, but so little that hardly anybody would notice: at
 * most a twentieth of its rows or, in a progressive JPEG, only what refines the picture and its colours. Viewers show
 * such a file without a warning.
 *
 * Most files end with the end marker, and only their last two bytes are read. Other files are read whole, for example
 * those of phones that append something to the picture.
 */
async function lacksLittle(photo: string | Uint8Array, { channels }: Metadata): Promise<boolean> {
  if ((await readPart(photo, -endMarker.length)).equals(endMarker)) return false;
  const jpeg = typeof photo === 'string' ? await readFile(photo) : Buffer.from(photo);
  const { scansAt, isProgressive } = findScans(jpeg);
  // In what is coded, a byte ff is always followed by 00 or a marker's number.
  if (jpeg.includes(endMarker, scansAt)) return false;
  if (!isProgressive) return (await upperRows(jpeg, 'error')) !== undefined;
  const { hasBegunAll, addsDetail } = readScans(jpeg, scansAt, channels);
  return hasBegunAll && (addsDetail || (await endsInLowestRows(jpeg)));
}

/** Where the first scan begins, behind all segments, which may hold a JPEG of their own: the camera's thumbnail. */
function findScans(jpeg: Buffer): { scansAt: number; isProgressive: boolean } {
  let [at, isProgressive] = [2, false];
  while (at + 4 <= jpeg.length && jpeg[at + 1] !== scanMarker[1]) {
    isProgressive ||= jpeg[at + 1] === progressiveFrame;
    // Bytes ff may fill the space between segments.
    at += jpeg[at + 1] === 0xff ? 1 : 2 + jpeg.readUInt16BE(at + 2);
  }
  return { scansAt: at, isProgressive };
}

/**
 * The parts of a progressive JPEG bring some coefficients of some components, to some bit (ITU-T T.81, B.2.3, G.1). The
 * first component is the brightness.
 *
 * @returns whether they have begun to bring the last bit of the brightness, and anything of each colour; and whether
 * the part that is cut is no more than detail
 */
function readScans(jpeg: Buffer, scansAt: number, channels: number): { hasBegunAll: boolean; addsDetail: boolean } {
  const begun = new Set<number>();
  let [hasLastBit, addsDetail] = [false, false];
  for (let at = scansAt; at >= 0; at = jpeg.indexOf(scanMarker, at + 2)) {
    const count = jpeg[at + 4] ?? 0;
    const [, lastCoefficient, bits] = jpeg.subarray(at + 5 + 2 * count);
    if (bits === undefined) break; // cut here
    const scanned = Array.from({ length: count }, (_, i) => jpeg[at + 5 + 2 * i] ?? 0);
    for (const component of scanned) begun.add(component);
    const [brightness = 0] = begun;
    const isBright = scanned.includes(brightness);
    hasLastBit ||= isBright && lastCoefficient === 63 && (bits & 0x0f) === 0;
    addsDetail = !isBright || bits > 0x0f;
  }
  return { hasBegunAll: hasLastBit && begun.size === channels, addsDetail };
}

/** Whether the last bytes are about the lowest rows: without them, the others look the same. */
async function endsInLowestRows(jpeg: Buffer): Promise<boolean> {
  const ended = (bytes: Buffer) => upperRows(Buffer.concat([bytes, endMarker]), 'none');
  const [whole, shorter] = [await ended(jpeg), await ended(jpeg.subarray(0, -lastBytesCount))];
  return whole !== undefined && shorter?.equals(whole) === true;
}

/** A picture's brightness without the lowest rows; undefined if it can't be decoded so far. */
async function upperRows(jpeg: Buffer, failOn: 'error' | 'none'): Promise<Buffer | undefined> {
  try {
    const image = sharp(jpeg, { failOn, limitInputPixels: false });
    const { width, height } = await image.metadata();
    const rows = Math.max(1, Math.ceil(height * (1 - mostMissing)) - readAhead);
    return await image.extract({ left: 0, top: 0, width, height: rows }).greyscale().raw().toBuffer();
  } catch {
    return undefined;
  }
}

/** The first bytes of a photo's file, or the last where `length` is negative. */
async function readPart(photo: string | Uint8Array, length: number): Promise<Buffer> {
  if (typeof photo !== 'string') return Buffer.from(length < 0 ? photo.subarray(length) : photo.subarray(0, length));
  const file = await open(photo);
  try {
    const position = length < 0 ? Math.max(0, (await file.stat()).size + length) : 0;
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.abs(length)), position });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Longer messages of the image library repeat themselves. */
const longestMessage = 160;

export const heicProblem =
  "is HEIC, which can't be read here because its decoder is patented: convert it to JPEG (macOS: sips -s format jpeg; Linux: heif-convert; Windows: magick)";

/**
 * What is wrong with a photo, to follow its name in a sentence.
 *
 * The image library has one store of messages for all photos, so one photo's message may hold those of others that
 * failed at the same time. Therefore the file decides, not the message.
 *
 * @param photo path of the file, or its bytes
 * @param error that reading it threw
 */
export async function photoProblem(photo: string | Uint8Array, error: unknown): Promise<string> {
  if (error instanceof PhotoSearchError) return error.message.replace(/\.$/, '');
  try {
    // Enough for a dozen brands.
    if (isHeic(await readPart(photo, 64))) return heicProblem;
  } catch (unreadable) {
    return fileProblem(unreadable);
  }
  const said = error instanceof Error ? error.message : String(error);
  const message = said.replaceAll(/(\S*: bad seek to \d+|\s)+/g, ' ').trim();
  // This file exists, so "missing" is about another photo's.
  if (/^Input (file|buffer) (contains unsupported image format|is missing)/.test(message)) {
    return 'is not a picture that can be read. If it is one, save it as JPEG, PNG, WebP or AVIF; otherwise remove it';
  }
  // What the library says when another photo's failure has cleared its messages.
  if (message === 'Unknown error') return 'cannot be decoded: replace it with an undamaged copy';
  const detail = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  return `cannot be decoded${detail && ` (${detail})`}: replace it with an undamaged copy`;
}

/** Whether a file declares itself HEIC, in the brands of its first box (ISO/IEC 23008-12, B.4). */
function isHeic(header: Buffer): boolean {
  if (header.toString('latin1', 4, 8) !== 'ftyp') return false;
  const brands = header.toString('latin1', 8, Math.min(header.length, header.readUInt32BE(0)));
  return /^(.{4})*?he[iv]/s.test(brands) && !/^(.{4})*?avi[fs]/s.test(brands);
}
