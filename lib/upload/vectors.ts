import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../clip';
import { embedPhotos } from '../embed-photos';
import { decodingProblem } from '../files/file-problem';
import { readStoredVectors } from './stored-vectors';
import type { PlannedPhoto } from './plan';

export interface UploadVectorsOptions {
  index: string;
  clip: Clip;
  limitPixels?: number;
  signal: AbortSignal;
  /** Called for each photo with its vector, [dimension]; waited for, so that it can hold the work back. */
  onVector: (photo: PlannedPhoto, vector: Float32Array) => Promise<void>;
  /** Called for a photo that can't be used. */
  onSkipped: (photo: PlannedPhoto, reason: string) => void;
}

/** Stored vectors that are read at a time, about 10 kB each. */
const vectorsPerRequest = 64;

/**
 * Finds the vectors of photos: in the index where it has them under another name, else by encoding.
 *
 * @throws the signal's reason when it is aborted
 */
export async function findVectors(
  client: Client,
  planned: AsyncIterable<PlannedPhoto>,
  { index, clip, limitPixels, signal, onVector, onSkipped }: UploadVectorsOptions,
): Promise<void> {
  /** Gives those photos back that have to be encoded after all. */
  async function useStored(photos: PlannedPhoto[]): Promise<PlannedPhoto[]> {
    if (photos.length === 0) return [];
    const wanted = photos.map(({ vectorOf = '', sha256 }) => ({ id: vectorOf, sha256 }));
    const vectors = await readStoredVectors(client, index, wanted, clip.identity);
    const left: PlannedPhoto[] = [];
    for (const [at, photo] of photos.entries()) {
      const vector = vectors[at];
      if (vector) await onVector(photo, vector);
      else left.push(photo);
    }
    return left;
  }

  async function* toEncode(): AsyncGenerator<PlannedPhoto, void, undefined> {
    let stored: PlannedPhoto[] = [];
    for await (const photo of planned) {
      if (photo.vectorOf === undefined) {
        yield photo;
        continue;
      }
      stored.push(photo);
      if (stored.length < vectorsPerRequest) continue;
      yield* await useStored(stored);
      stored = [];
    }
    yield* await useStored(stored);
  }

  for await (const result of embedPhotos(clip, toEncode(), { limitPixels, signal })) {
    if ('vector' in result) await onVector(result.photo, result.vector);
    else onSkipped(result.photo, await decodingProblem(result.photo.path, result.problem));
  }
}
