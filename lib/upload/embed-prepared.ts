import type { Clip } from '../clip';
import { embedBatch } from '../embed-photos';
import type { NewPhoto, PreparedPhoto } from './prepare-photo';

/** Photos in one run of the model: more is no faster on a CPU. */
export const photosPerRun = 8;

type PhotoToEmbed = Extract<NewPhoto, { pixels: unknown }>;

/** What an upload has to do with a photo, its vector found. */
export type EmbeddedUpload = Exclude<PreparedPhoto, PhotoToEmbed>;

/** Runs the model on the photos that have no vector yet, batch by batch; the others come out at once. */
export async function* embedPrepared(
  clip: Clip,
  prepared: AsyncIterable<PreparedPhoto>,
): AsyncGenerator<EmbeddedUpload, void, undefined> {
  let batch: PhotoToEmbed[] = [];
  for await (const next of prepared) {
    if (!('pixels' in next)) yield next;
    else if (batch.push(next) === photosPerRun) {
      yield* await embedAll(clip, batch);
      batch = [];
    }
  }
  yield* await embedAll(clip, batch);
}

async function embedAll(clip: Clip, batch: PhotoToEmbed[]): Promise<EmbeddedUpload[]> {
  const embedded = await embedBatch(
    clip,
    batch.map((photo) => ({ photo, pixels: photo.pixels })),
  );
  return embedded.map((result): EmbeddedUpload => {
    const { photo, document, counts, movedFrom, warning } = result.photo;
    return 'problem' in result
      ? { photo, problem: result.problem }
      : { photo, document, counts, movedFrom, warning, vector: result.vector };
  });
}
