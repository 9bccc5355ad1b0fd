import { open } from 'node:fs/promises';
import { fileProblem } from '../files/file-problem';

/** Longer messages of the image library repeat themselves. */
const longestMessage = 160;

const heic =
  "is HEIC, which can't be read here, as its decoder is patented: convert it to JPEG (macOS: sips -s format jpeg; Linux: heif-convert; Windows: magick)";

/** Whether a problem with a photo is that it is HEIC. */
export function isHeicProblem(problem: string): boolean {
  return problem === heic;
}

/**
 * What is wrong with a photo, to follow its name in a sentence.
 *
 * The image library has one store of messages for all photos, so the message of one may hold those of others that failed
 * at the same time. What it is decided by is therefore the file itself.
 *
 * @param photo path of the file, or its bytes
 * @param error that reading it threw
 */
export async function photoProblem(photo: string | Uint8Array, error: unknown): Promise<string> {
  if (error instanceof RangeError) return error.message;
  try {
    if (isHeic(await beginning(photo))) return heic;
  } catch (unreadable) {
    return fileProblem(unreadable);
  }
  const message =
    error instanceof Error
      ? error.message.replaceAll(/\S*: bad seek to \d+|\s+/g, ' ').replaceAll(/ +/g, ' ').trim()
      : String(error);
  // Of a file that is there, "missing" means that another photo's is.
  if (/^Input (file|buffer) (contains unsupported image format|is missing)/.test(message)) {
    return 'is not a picture that can be read. If it is one, save it as JPEG, PNG, WebP or AVIF; otherwise remove it';
  }
  // What the library says when another photo's failure has cleared its messages.
  if (message === 'Unknown error') return 'cannot be decoded: replace it by an undamaged copy';
  const detail = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  return `cannot be decoded${detail && ` (${detail})`}: replace it by an undamaged copy`;
}

async function beginning(photo: string | Uint8Array): Promise<Buffer> {
  const bytes = 64; // enough for a dozen brands
  if (typeof photo !== 'string') return Buffer.from(photo.subarray(0, bytes));
  const file = await open(photo);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether a file says of itself that it is HEIC, in the brands of its first box (ISO/IEC 23008-12, B.4). */
function isHeic(header: Buffer): boolean {
  if (header.toString('latin1', 4, 8) !== 'ftyp') return false;
  const brands = header.toString('latin1', 8, Math.min(header.length, header.readUInt32BE(0)));
  return /^(.{4})*?he[iv]/s.test(brands) && !/^(.{4})*?avi[fs]/s.test(brands);
}
