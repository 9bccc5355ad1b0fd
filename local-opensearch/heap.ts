import os from 'node:os';
import { PhotoSearchError } from '../lib/errors';

/** In MiB: what OpenSearch starts with, and what more than suffices for a million photos. */
const [least, most] = [512, 4096];

/**
 * Java's heap for the workshop's own node, in MiB: what was asked for, else an eighth of the machine's memory (of the
 * container's, where it has less), from 512 to 4096. Vectors and graphs lie outside it, in the system's file cache; the
 * heap is for indexing, merging, and answering.
 *
 * @param asked such as OPENSEARCH_HEAP_MB
 * @throws PhotoSearchError if it is not a whole number from 128 to 32,000: beyond that, Java's pointers grow to twice the size
 */
export function heapFor(
  asked?: number | string,
  memory: number = Math.min(os.totalmem(), process.constrainedMemory() || Infinity),
): number {
  if (asked === undefined) {
    const eighth = Math.floor(memory / 8 / 2 ** 20);
    return Math.min(most, Math.max(least, eighth));
  }
  const heapMb = Number(asked);
  if (Number.isInteger(heapMb) && heapMb >= 128 && heapMb <= 32_000) return heapMb;
  throw new PhotoSearchError(
    `OPENSEARCH_HEAP_MB is "${asked}": give Java's heap in MiB, a whole number from 128 to 32000, or leave it empty ` +
      `(then it is ${heapFor(undefined, memory)} here).`,
  );
}
