import { setMaxListeners } from 'node:events';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from './clip';
import { WorkshopError } from './errors';
import { assertSameModel, indexModel } from './index-model';
import { mapAhead } from './map-ahead';
import type { Photo } from './photos';
import { photoDocumentJson } from './photos/document';
import { imageUrlPrefix } from './photos/file';
import { sendBulk, type BulkOutcome } from './upload/bulk-send';
import { findGonePhotos } from './upload/gone-photos';
import { indexUuid } from './upload/index-uuid';
import { findLostPhotos } from './upload/lost-photos';
import { embedPrepared, photosPerRun } from './upload/embed-prepared';
import { photoPreparer } from './upload/prepare-photo';
import { droppedError, type UploadReport } from './upload/report';
import { readStoredPhotos } from './upload/stored-photos';
import { inIndex, newTally, settle, type UploadOperation } from './upload/tally';

/** What follows an upload, such as a line with a bar. */
export interface UploadProgress {
  /** @param done photos that are settled by now */
  update(done: number, note?: string): void;
  finish(summary?: string): void;
}

export interface UploadOptions {
  index: string;
  clip: Clip;
  /** What `findPhotos` found, or some of it. */
  photos: readonly Photo[];
  /** Whether to take photos out of the index whose files are gone. Default false. */
  removeMissing?: boolean;
  /** Names of photos that count as gone although their files are there, see `leftOut`. Default: none. */
  isLeftOut?: (name: string) => boolean;
  /** Most pixels of one photo, see `openPhoto`. */
  limitPixels?: number;
  /** How long OpenSearch may turn photos away as too busy before the upload gives up, in ms. Default 60 s. */
  patienceMs?: number;
  /** Stops the upload, see `interruptSignal`. Photos that have their vectors by then are still sent. */
  signal?: AbortSignal;
  /** Where it is seen how far the upload is. Default: nowhere. */
  progress?: UploadProgress;
}

/** A request is sent once it has so many characters: servers and proxies refuse 10 MB, some less. */
const requestLength = 2e6;
/** Or when its first document has waited this long, in ms: what a killed process can lose. */
const requestAgeMs = 1000;
/** Deletions in one request. */
const deletionsPerRequest = 1000;

/**
 * Turns photos into vectors and brings them into `index`: every photo whose document is not there yet, or differs.
 * A photo is known by its name, its content's hash and its credit, so that a second upload changes nothing, and one
 * that was stopped, even by `kill -9`, goes on where it stopped. A renamed photo keeps its vector, and its old
 * document goes. At the end, what was written is compared with what the index holds.
 *
 * Memory stays the same however many photos there are, but for about 500 bytes a photo.
 *
 * @throws WorkshopError if the index is missing or holds vectors of another model, or when interrupted
 * @throws UploadError if photos did not get into the index, with their names and why
 */
export async function uploadPhotos(
  client: Client,
  {
    index,
    clip,
    photos,
    removeMissing = false,
    isLeftOut,
    limitPixels,
    patienceMs = 60_000,
    signal = new AbortController().signal,
    progress,
  }: UploadOptions,
): Promise<UploadReport> {
  const startedAt = performance.now();
  setMaxListeners(0, signal); // each photo that is being read may have one for a moment
  assertSameModel(index, await indexModel(client, index), clip.identity);
  const uuid = await indexUuid(client, index);
  const stored = await readStoredPhotos(client, index, clip.identity);
  const gone = await findGonePhotos(stored, photos, isLeftOut);
  const tally = newTally();
  const { report, kept } = tally;

  const show = (note?: string) => {
    const { skipped, dropped } = report;
    const some = skipped.length > 0 ? `${skipped.length} skipped` : undefined;
    progress?.update(inIndex(report) + skipped.length + dropped.length, note ?? some);
  };
  const send = (operations: UploadOperation[]) =>
    sendBulk(client, operations, { index, patienceMs, signal, onNotice: show });

  // One request is under way while the next one fills; no more than these two are ever in memory.
  let waiting: UploadOperation[] = [];
  let [length, since] = [0, 0];
  let sending: Promise<BulkOutcome<UploadOperation>> | undefined;
  try {
    const prepare = photoPreparer(client, { index, clip, stored, gone, limitPixels, signal });
    const prepared = mapAhead(photos, prepare, { ahead: 2 * photosPerRun, signal });
    for await (const next of embedPrepared(clip, prepared)) {
      const { photo } = next;
      const { id, imageUrl } = photo;
      if ('problem' in next) report.skipped.push({ imageUrl, reason: next.problem });
      else if ('unchanged' in next) {
        report.unchanged++;
        kept.add(next.sha256);
      } else {
        const { counts, movedFrom, warning } = next;
        if (warning !== undefined) report.warnings.push({ imageUrl, reason: warning });
        const { sha256 } = next.document;
        const document = photoDocumentJson(next.document, next.vector);
        if (waiting.length === 0) [length, since] = [0, performance.now()];
        waiting.push({ id, document, imageUrl, written: { photo, sha256, counts, movedFrom } });
        length += document.length;
      }
      show();
      if (waiting.length === 0) continue;
      if (length < requestLength && performance.now() - since < requestAgeMs) continue;
      if (sending) settle(tally, await sending);
      sending = undefined;
      if (tally.gaveUp) break;
      sending = send(waiting);
      waiting = [];
    }
  } catch (error) {
    if (!signal.aborted) {
      progress?.finish('stopped by an error');
      throw error;
    }
  } finally {
    if (sending) settle(tally, await sending);
    if (waiting.length > 0 && !tally.gaveUp) settle(tally, await send(waiting));
  }

  // What a rename leaves behind goes unasked, also if the upload that moved the photo was killed right then.
  const movedFrom = new Set(tally.written.map(({ movedFrom }) => movedFrom));
  const leaving = [...gone].filter(([, { sha256 }]) => removeMissing || kept.has(sha256));
  for (
    let at = 0;
    at < leaving.length && !signal.aborted && !tally.gaveUp;
    at += deletionsPerRequest
  ) {
    const operations = leaving
      .slice(at, at + deletionsPerRequest)
      .map(([id, { name }]): UploadOperation => ({
        ...{ id, imageUrl: imageUrlPrefix + name, removed: !movedFrom.has(id) },
      }));
    settle(tally, await send(operations));
  }

  if (!signal.aborted && !tally.gaveUp) {
    if ((await indexUuid(client, index)) !== uuid) {
      progress?.finish('the index is gone');
      throw new WorkshopError(
        `Index '${index}' was deleted or made again while photos were uploaded to it: ` +
          `run notebook 1 with recreate set to true, then this cell again.`,
      );
    }
    await client.indices.refresh({ index });
    const { lost, reason } = await findLostPhotos(client, index, tally.written, clip.identity);
    for (const { photo, counts } of lost) {
      report[counts]--;
      report.dropped.push({ imageUrl: photo.imageUrl, reason });
    }
  }
  report.seconds = (performance.now() - startedAt) / 1000;
  const there = `${inIndex(report)} of ${photos.length} photos are in index '${index}'`;
  if (report.dropped.length > 0) {
    progress?.finish(`${report.dropped.length} not in the index`);
    throw droppedError(report, there);
  }
  if (signal.aborted) {
    progress?.finish(`interrupted, ${there}: run it again to go on`);
    throw new WorkshopError(`Interrupted: ${there}. Run it again: it goes on with the rest.`);
  }
  show();
  progress?.finish(report.skipped.length > 0 ? `${report.skipped.length} skipped` : '');
  return report;
}
