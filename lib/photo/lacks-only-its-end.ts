import { readFile } from 'node:fs/promises';
import sharp, { type Metadata } from 'sharp';
import { readPart } from './photo-problem';

/** So much of a picture's height, at the bottom, may be missing. */
const mostMissing = 0.05;

/** To smooth colours, the decoder wants the next row of blocks too, up to 16 pixels high. */
const readAhead = 16;

/** Without so many bytes at its end, any picture looks different. */
const lastBytesCount = 64;

/** Markers of a JPEG (ITU-T T.81, table B.1). */
const endMarker = Buffer.from([0xff, 0xd9]);

const scanMarker = Buffer.from([0xff, 0xda]);

/** sharp calls every JPEG with several scans progressive; a baseline JPEG may have one for each component. */
const progressiveFrame = 0xc2;

/**
 * Whether a JPEG is cut off at its end, as after an interrupted copy, but so little that hardly anybody would notice: at
 * most a twentieth of its rows or, in a progressive JPEG, only what refines the picture and its colours. Viewers show
 * such a file without a warning.
 *
 * Most files end with the end marker, and only their last two bytes are read. Other files are read whole, for example
 * those of phones that append something to the picture.
 */
export async function lacksOnlyItsEnd(photo: string | Uint8Array, { channels }: Metadata): Promise<boolean> {
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
