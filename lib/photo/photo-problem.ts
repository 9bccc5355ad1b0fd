import { open } from 'node:fs/promises';
import { fileProblem, PhotoSearchError } from '../errors';
import { shorten } from '../html';

/** The first bytes of a photo's file, or the last where `length` is negative. */
export async function readPart(photo: string | Uint8Array, length: number): Promise<Buffer> {
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
  if (error instanceof PhotoSearchError) return error.message.replace(/^The photo /, '').replace(/\.$/, '');
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
  if (message === 'Unknown error') return "can't be decoded: replace it with an undamaged copy";
  const detail = shorten(message, longestMessage);
  return `can't be decoded${detail && ` (${detail})`}: replace it with an undamaged copy`;
}

/** Whether a file declares itself HEIC, in the brands of its first box (ISO/IEC 23008-12, B.4). */
function isHeic(header: Buffer): boolean {
  if (header.toString('latin1', 4, 8) !== 'ftyp') return false;
  const brands = header.toString('latin1', 8, Math.min(header.length, header.readUInt32BE(0)));
  return /^(.{4})*?he[iv]/s.test(brands) && !/^(.{4})*?avi[fs]/s.test(brands);
}
