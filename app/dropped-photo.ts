import pLimit from 'p-limit';
import { readPixels, type Clip } from '../lib/index';
import { normalise } from '../lib/vectors';
import { problem } from './problem';

/** A photo takes up to 1 GB while it is decoded. */
const atATime = pLimit(2);

/**
 * The vector of a photo that a visitor has dropped, as text for the page's address: whoever gets the address gets the
 * search, and nothing has to be kept here. Each number is a byte, the largest 127: for 512 numbers that is 683
 * characters, and a cosine with the exact vector above 0.999.
 *
 * @param read gives the photo's bytes, once it is its turn
 * @throws PhotoSearchError if it is not a picture that can be decoded
 */
export function vectorOfDropped(clip: Clip, read: () => Promise<Uint8Array>, limitPixels?: number): Promise<string> {
  return atATime(async () => {
    const pixels = await readPixels(await read(), clip.input, { limitPixels });
    const [vector] = await clip.embedPixels([pixels]);
    if (!vector) throw new Error('no vector for a dropped photo');
    const largest = Math.max(...vector.map(Math.abs));
    const bytes = Int8Array.from(vector, (value) => Math.round((127 * value) / largest));
    return Buffer.from(bytes.buffer).toString('base64url');
  });
}

/** @returns [dimension], of length 1 */
export function decodeVector(code: string, dimension: number): Float32Array {
  const vector = Float32Array.from(new Int8Array(Buffer.from(code, 'base64url')));
  if (vector.length !== dimension || vector.every((value) => value === 0)) {
    throw problem(400, 'request', 'The photo of this search is cut off, or of another model: drop it here again.');
  }
  return normalise(vector);
}
