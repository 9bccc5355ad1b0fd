import { hash } from 'node:crypto';
import pLimit from 'p-limit';
import { describeModel, type Clip } from '../lib/index';
import { normalise } from '../lib/vectors';
import { embedPhoto } from '../further/index';
import { problem } from './problem';

/** A photo takes up to 1 GB while it is decoded. */
const atATime = pLimit(2);

/**
 * The vector of a photo that a visitor has dropped, as text for the page's address: whoever gets the address gets the
 * search, and nothing has to be kept here. Each number is a byte, the largest 127: for 512 numbers that is 683
 * characters after the model's six, and a cosine with the exact vector above 0.999.
 *
 * @throws PhotoSearchError if it is not a picture that can be decoded
 */
export function vectorOfDropped(clip: Clip, photo: Uint8Array, limitPixels?: number): Promise<string> {
  return atATime(async () => {
    const vector = await embedPhoto(clip, photo, limitPixels);
    const largest = Math.max(...vector.map(Math.abs));
    const bytes = Int8Array.from(vector, (value) => Math.round((127 * value) / largest));
    return `${markOf(clip)}${Buffer.from(bytes.buffer).toString('base64url')}`;
  });
}

/** Says which model made a vector: to another one, it would mean just any photo. */
const markOf = ({ identity }: Clip) =>
  hash('sha256', `${describeModel(identity)}, ${identity.preprocessing}`).slice(0, 6);

/** @returns [dimension], of length 1 */
export function decodeVector(code: string, clip: Clip): Float32Array {
  const vector = Float32Array.from(new Int8Array(Buffer.from(code.slice(6), 'base64url')));
  if (!code.startsWith(markOf(clip)) || vector.length !== clip.dimension) {
    throw problem(400, 'request', 'The photo in this address is cut off, or for another model: drop it here again.');
  }
  return normalise(vector);
}
