import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../clip';
import { embedPhotos } from '../embed-photos';
import { decodingProblem } from '../files/file-problem';
import { photoColours, type ColourName } from '../photos/colours';
import { readPixels, type Pixels } from '../pixels';
import { readStoredVectors } from './stored-vectors';
import type { PlannedPhoto } from './plan';

export interface UploadVectorsOptions {
  index: string;
  clip: Clip;
  limitPixels?: number;
  signal: AbortSignal;
  /** Called for each photo with its vector, [dimension], and its colours; waited for, so that it can hold the work back. */
  onVector: (photo: PlannedPhoto, vector: Float32Array, colours: ColourName[]) => Promise<void>;
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
      const stored = vectors[at];
      const colours = stored && (stored.colours ?? (await readColours(photo)));
      if (colours) await onVector(photo, stored.vector, colours);
      else left.push(photo);
    }
    return left;
  }

  /** @returns undefined if the photo can't be read: encoding it will say why */
  async function readColours({ path }: PlannedPhoto): Promise<ColourName[] | undefined> {
    try {
      return photoColours(await readPixels(path, clip.input, { limitPixels }), clip.input);
    } catch {
      return undefined;
    }
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

  const colours = new Map<PlannedPhoto, ColourName[]>();
  const onPixels = (photo: PlannedPhoto, pixels: Pixels) => {
    colours.set(photo, photoColours(pixels, clip.input));
  };
  for await (const result of embedPhotos(clip, toEncode(), { limitPixels, onPixels, signal })) {
    const { photo } = result;
    const named = colours.get(photo) ?? [];
    colours.delete(photo);
    if ('vector' in result) await onVector(photo, result.vector, named);
    else onSkipped(photo, await decodingProblem(photo.path, result.problem));
  }
}
