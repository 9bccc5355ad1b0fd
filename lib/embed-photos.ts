import type { Clip } from './clip';
import { PhotoSearchError } from './errors';
import { photoProblem } from './open-photo';
import { type Pixels, readPixels } from './pixels';
import { NoDirectionError } from './vectors';

/** A photo with its vector (of length 1), or with what keeps it from having one. */
export type EmbeddedPhoto<Photo> =
  { photo: Photo; vector: Float32Array } | { photo: Photo; problem: string };

export interface EmbedPhotosOptions<Photo> {
  /** Photos per run of the model. More than 8 is no faster on a CPU. */
  batchSize?: number | undefined;
  /** Most pixels of one photo, see `openPhoto`. */
  limitPixels?: number | undefined;
  /** Called for each photo as soon as it is decoded: for what else there is to be seen in its pixels. */
  onPixels?: ((photo: Photo, pixels: Pixels) => void) | undefined;
  /** Stops the work: the generator throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A photo that was decoded, or what keeps it from being. */
export type DecodedPhoto<Photo> =
  { photo: Photo; pixels: Pixels } | { photo: Photo; problem: string };

/**
 * Turns photos into vectors, in their order, batch by batch. The next photos are decoded while the model works; at
 * most two batches wait, so memory stays the same however many photos there are.
 *
 * A photo that cannot be used comes out with its problem, in its place, and stops nothing.
 *
 * @param photos anything that has a file's `path`; each comes out as it went in
 * @throws PhotoSearchError if the model cannot be run; the signal's reason once that is aborted
 */
export async function* embedPhotos<Photo extends { path: string }>(
  clip: Clip,
  photos: Iterable<Photo> | AsyncIterable<Photo>,
  { batchSize = 8, limitPixels, onPixels, signal }: EmbedPhotosOptions<Photo> = {},
): AsyncGenerator<EmbeddedPhoto<Photo>, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new PhotoSearchError(`batchSize is ${batchSize}: it must be a whole number from 1 up.`);
  }
  const decode = async (photo: Photo): Promise<DecodedPhoto<Photo>> => {
    try {
      const pixels = await readPixels(photo.path, clip.input, { limitPixels });
      onPixels?.(photo, pixels);
      return { photo, pixels };
    } catch (error) {
      return { photo, problem: await photoProblem(photo.path, (error as PhotoSearchError).cause) };
    }
  };
  let batch: DecodedPhoto<Photo>[] = [];
  for await (const decoded of mapAhead(photos, decode, { ahead: 2 * batchSize, signal })) {
    batch.push(decoded);
    if (batch.length < batchSize) continue;
    yield* await embedBatch(clip, batch);
    batch = [];
  }
  yield* await embedBatch(clip, batch);
}

/** Runs the model once for those photos of a batch that were decoded; all come back in their places. */
export async function embedBatch<Photo>(
  clip: Clip,
  batch: DecodedPhoto<Photo>[],
): Promise<EmbeddedPhoto<Photo>[]> {
  const pixels = batch.flatMap((item) => ('pixels' in item ? [item.pixels] : []));
  try {
    const vectors = await clip.embedPixels(pixels);
    return batch.map((item) => {
      if ('problem' in item) return item;
      const vector = vectors[pixels.indexOf(item.pixels)];
      if (!vector) throw new Error('The model gave fewer vectors than it was given photos.');
      return { photo: item.photo, vector };
    });
  } catch (error) {
    if (!(error instanceof NoDirectionError)) throw error;
    // One of them has no usable vector: each alone tells which.
    const embedded: EmbeddedPhoto<Photo>[] = [];
    for (const item of batch) {
      if (batch.length > 1) embedded.push(...(await embedBatch(clip, [item])));
      else embedded.push({ photo: item.photo, problem: error.message });
    }
    return embedded;
  }
}

export interface MapAheadOptions {
  /** Most results that are being made or wait to be taken. */
  ahead: number;
  /** Stops at once: the generator throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Maps items to results in their order, and begins the next ones before they are asked for: what `map` does in other
 * threads goes on while the caller works. Never more than `ahead` at a time, so memory stays bounded.
 *
 * Ended early, by the caller, an error or the signal, it closes `items` and waits for what it has begun.
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  map: (item: Item) => Promise<Result>,
  { ahead, signal }: MapAheadOptions,
): AsyncGenerator<Result, void, undefined> {
  const iterator =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const begun: Promise<Result>[] = [];
  let ended = false;
  try {
    for (;;) {
      while (!ended && begun.length < ahead) {
        signal?.throwIfAborted();
        const next = await untilAborted(Promise.resolve(iterator.next()), signal);
        if (next.done) ended = true;
        else begun.push(quietly(map(next.value)));
      }
      const [first] = begun;
      if (!first) return;
      const result = await untilAborted(first, signal);
      void begun.shift();
      yield result;
    }
  } finally {
    if (!ended) {
      const closed = quietly(Promise.resolve(iterator.return?.()));
      // Items that hang, which may be why the work was aborted, would not let themselves be closed.
      if (!signal?.aborted) await closed;
    }
    await Promise.allSettled(begun);
  }
}

/** A promise that may fail before anyone awaits it; whoever awaits it still gets the error. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/**
 * Waits for a promise, but no longer than until the signal is aborted; then it throws the signal's reason.
 *
 * Not `Promise.race` with a promise that stands for the signal: each race would stay with that promise, and keep its
 * result in memory, as long as the signal lives.
 */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
