import type { Clip } from './clip';
import { PhotoSearchError } from './errors';
import { mapAhead } from './photo/map-ahead';
import { decodePhoto, type Pixels } from './pixels';

/** A photo with its vector (of length 1), or with what keeps it from having one. */
export type EmbeddedPhoto<Item> = { photo: Item; vector: Float32Array } | { photo: Item; problem: string };

/**
 * Turns photos into vectors, in their order, batch by batch. The next photos are decoded while the model works; at
 * most two batches wait, so memory stays the same however many photos there are.
 *
 * This is for vectors without an index; `uploadPhotos` decodes by itself, and shares the two functions below.
 *
 * @param photos anything that has a file's `path`; each comes out as it went in
 * @param options most pixels of one photo, see `openPhoto`; a signal that stops the work
 * @throws PhotoSearchError if the model cannot be run; the signal's reason once that is aborted
 */
export async function* embedPhotos<Item extends { path: string }>(
  clip: Clip,
  photos: Iterable<Item> | AsyncIterable<Item>,
  { limitPixels, signal }: { limitPixels?: number | undefined; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<EmbeddedPhoto<Item>, void, undefined> {
  const decode = async (photo: Item): Promise<Embeddable & { photo: Item }> => {
    const decoded = await decodePhoto(photo.path, clip.input, limitPixels);
    return 'pixels' in decoded ? { photo, pixels: decoded.pixels } : { photo, problem: decoded.problem };
  };
  const decoded = mapAhead(photos, decode, { ahead: decodedAhead, signal });
  for await (const { photo, vector, problem = '' } of embedInBatches(clip, decoded)) {
    yield vector ? { photo, vector } : { photo, problem };
  }
}

/** Something that the model's input was made of, its vector once that is made, or what is wrong with it. */
export interface Embeddable {
  pixels?: Pixels | undefined;
  vector?: Float32Array | undefined;
  problem?: string | undefined;
}

/** Photos that the model is given at once: more is no faster on a CPU. */
const photosPerBatch = 8;

/** Photos that are decoded while the model works. */
export const decodedAhead = 2 * photosPerBatch;

/** How many photos may wait for a batch to fill, with those that need no model. */
const mostWaiting = 64;

/** Runs the model on what has pixels, batch by batch, and gives all back in their order with `vector` or `problem`. */
export async function* embedInBatches<Item extends Embeddable>(
  clip: Clip,
  items: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  let batch: Item[] = [];
  let withPixels = 0;
  for await (const item of items) {
    batch.push(item);
    if (item.pixels) withPixels++;
    const mayFill = withPixels > 0 && withPixels < photosPerBatch && batch.length < mostWaiting;
    if (mayFill) continue;
    yield* await embedBatch(clip, batch);
    [batch, withPixels] = [[], 0];
  }
  yield* await embedBatch(clip, batch);
}

async function embedBatch<Item extends Embeddable>(clip: Clip, batch: Item[]): Promise<Item[]> {
  const inputs = batch.flatMap(({ pixels }) => pixels ?? []);
  if (inputs.length === 0) return batch;
  try {
    const vectors = await clip.embedPixels(inputs);
    if (vectors.length !== inputs.length) {
      throw new Error(`The model gave ${vectors.length} vectors for ${inputs.length} photos.`);
    }
    return batch.map(({ pixels, ...item }) =>
      pixels ? { ...item, vector: vectors[inputs.indexOf(pixels)] } : item,
    ) as Item[];
  } catch (error) {
    if (!(error instanceof PhotoSearchError && error.code === 'no-direction')) throw error;
    // One of them has no usable vector: running each alone shows which.
    const problem = `gets a vector from the model that ${String(error.cause)}`;
    if (batch.length === 1) return batch.map((item) => ({ ...item, problem }));
    const embedded: Item[] = [];
    for (const item of batch) embedded.push(...(await embedBatch(clip, [item])));
    return embedded;
  }
}
