import type { Client } from '@opensearch-project/opensearch';
import { openBulkWriter } from './upload/bulk-writer';
import type { Clip } from './clip';
import { WorkshopError } from './errors';
import { decodingProblem } from './files/file-problem';
import { addMissingFields } from './upload/add-missing-fields';
import { findGonePhotos } from './upload/gone-photos';
import { assertSameModel, indexModel } from './index-model';
import { indexUuid } from './upload/index-uuid';
import type { ColourName } from './photos/colours';
import { photoDocument, photoDocumentJson } from './photos/document';
import { readPhotoFacts, type PhotoFacts } from './photos/facts';
import { imageUrlPrefix } from './photos/file';
import { photoProblem } from './photos/problem';
import type { Photo } from './photos';
import { createProgress, type Progress } from './progress';
import { readStoredPhotos } from './upload/stored-photos';
import { planUpload, type PlannedPhoto } from './upload/plan';
import { droppedError, type UploadReport } from './upload/report';
import { openUploadTally, type UploadOperation } from './upload/tally';
import { findVectors } from './upload/vectors';

export interface UploadOptions {
  index: string;
  clip: Clip;
  /** What `findPhotos` found, or some of it. */
  photos: readonly Photo[];
  /** Whether to take photos out of the index whose files are gone. Default false. */
  removeMissing?: boolean;
  /** Most pixels of one photo, see `readPixels`. */
  limitPixels?: number;
  /** How long OpenSearch may turn photos away as too busy before the upload gives up, in ms. Default 60 s. */
  patienceMs?: number;
  /** Stops the upload, see `interruptSignal`. Photos that have their vectors by then are still sent. */
  signal?: AbortSignal;
  /** Where it is seen how far the upload is. Default: a line of its own. */
  progress?: Progress;
}

/**
 * Turns photos into vectors and brings them into `index`: every photo whose document is not there yet, or differs.
 * A photo is known by its name, its content's hash and its credit, so that a second upload changes nothing, and one
 * that was stopped, even by `kill -9`, goes on where it stopped. A renamed photo keeps its vector, and its old
 * document goes.
 *
 * Memory stays the same however many photos there are, but for about 250 bytes a photo.
 *
 * @throws WorkshopError if the index is missing or holds vectors of another model, or when interrupted
 * @throws UploadError if OpenSearch refused photos, with their names and its reasons
 */
export async function uploadPhotos(
  client: Client,
  {
    index,
    clip,
    photos,
    removeMissing = false,
    limitPixels,
    patienceMs = 60_000,
    signal: interrupt = new AbortController().signal,
    progress = createProgress({ label: 'Uploading', unit: 'photos', total: photos.length }),
  }: UploadOptions,
): Promise<UploadReport> {
  const startedAt = performance.now();
  assertSameModel(index, await indexModel(client, index), clip.identity);
  await addMissingFields(client, index);
  const uuid = await indexUuid(client, index);
  const stored = await readStoredPhotos(client, index, clip.identity);
  const gone = await findGonePhotos(stored, photos);

  const tally = openUploadTally(progress);
  const giveUp = new AbortController();
  const signal = AbortSignal.any([interrupt, giveUp.signal]);
  const writer = openBulkWriter<UploadOperation>(client, {
    index,
    patienceMs,
    signal,
    onNotice: tally.notice,
    onOutcome(outcome) {
      tally.settle(outcome);
      if (outcome.gaveUp) giveUp.abort();
    },
  });

  async function write(
    photo: PlannedPhoto,
    vector: Float32Array,
    colours: ColourName[],
  ): Promise<void> {
    let facts: PhotoFacts;
    try {
      facts = await readPhotoFacts(photo.path);
    } catch (error) {
      tally.skip(photo, await decodingProblem(photo.path, photoProblem(error)));
      return;
    }
    const { id, imageUrl, sha256, bytes, movedFrom, known } = photo;
    const document = photoDocument(photo, { ...facts, colours, sha256, bytes }, clip.identity);
    await writer.add({
      id,
      document: photoDocumentJson(document, vector),
      imageUrl,
      sha256,
      movedFrom,
      counts: movedFrom !== undefined ? 'moved' : known ? 'replaced' : 'indexed',
    });
  }

  async function removeGone(): Promise<void> {
    for (const [id, { name, sha256 }] of gone) {
      // What a rename leaves behind goes unasked, also if the upload that moved the photo was killed right then.
      if (!removeMissing && !tally.kept.has(sha256)) continue;
      const counts = tally.movedFrom.has(id) ? undefined : 'removed';
      await writer.add({ id, imageUrl: imageUrlPrefix + name, sha256, counts });
    }
  }

  try {
    const planned = planUpload(photos, {
      stored,
      gone,
      signal,
      onUnchanged: tally.unchanged,
      onSkipped: tally.skip,
    });
    await findVectors(client, planned, {
      index,
      clip,
      limitPixels,
      signal,
      onVector: write,
      onSkipped: tally.skip,
    });
    await writer.flush();
    await removeGone();
  } catch (error) {
    if (!signal.aborted) {
      progress.finish('stopped by an error');
      throw error;
    }
  } finally {
    await writer.close();
  }
  if (!signal.aborted) await client.indices.refresh({ index });

  const { report } = tally;
  report.seconds = (performance.now() - startedAt) / 1000;
  const there = `${tally.inIndex()} of ${photos.length} photos are in index '${index}'`;
  if (report.dropped.length > 0) {
    progress.finish(`${report.dropped.length} refused by OpenSearch`);
    throw droppedError(report, there);
  }
  if (interrupt.aborted) {
    progress.finish(`interrupted, ${there}: run it again to go on`);
    throw new WorkshopError(`Interrupted: ${there}. Run it again: it goes on with the rest.`);
  }
  if ((await indexUuid(client, index)) !== uuid) {
    progress.finish('the index is gone');
    throw new WorkshopError(
      `Index '${index}' was deleted or made anew while photos were uploaded to it: ` +
        `run notebook 1 with recreate set to true, then this cell again.`,
    );
  }
  progress.finish(report.skipped.length > 0 ? `${report.skipped.length} skipped` : '');
  return report;
}
