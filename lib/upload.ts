import { setMaxListeners } from 'node:events';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from './clip';
import { decodedAhead, type Embeddable, embedInBatches } from './embed-photos';
import { mapAhead } from './photo/map-ahead';
import { fileProblem, PhotoSearchError } from './errors';
import { type BulkOperation, type BulkOptions, sendOperations } from './opensearch/bulk';
import { findGonePhotos, type GonePhoto } from './photo/find-gone-photos';
import { type IndexInfo, readIndexInfo } from './opensearch/index-info';
import { assertSameModel, modelOf } from './opensearch/index-model';
import { patiently } from './opensearch/patiently';
import { type PhotoDocument, photoDocument, photoDocumentJson } from './opensearch/photo-document';
import { isStored, readStoredContent, readStoredPhotos, type StoredPhoto, whyLost } from './opensearch/stored-photos';
import { photoFacts } from './photo-facts';
import { photoColours } from './photo/photo-colours';
import { problemLines } from './opensearch/problem-lines';
import { hashFile, imageUrlPrefix, type Photo, type SkippedPhoto } from './photos';
import { decodePhoto } from './pixels';

/** Shows how far an upload is, for example as a progress bar. */
export interface UploadProgress {
  /** @param done photos dealt with so far */
  update(done: number, note?: string): void;
  finish(summary?: string): void;
}

export interface UploadOptions {
  index: string;
  clip: Clip;
  /**
   * What `findPhotos` found, or some of it; or photos as they arrive, from a download for example, each name once: then
   * none counts as renamed or gone.
   */
  photos: readonly Photo[] | AsyncIterable<Photo>;
  /**
   * Whether to remove photos from the index if their files are gone. Default false: then only if another photo has the same
   * content, as where a photo was renamed. Those of a folder that is empty stay, since its disk may not be mounted, and are
   * named in `warnings`; only what seems renamed just now goes.
   */
  removeMissing?: boolean | undefined;
  /** Names of photos that count as gone although their files are there. Default: none. */
  isLeftOut?: ((name: string) => boolean) | undefined;
  /** Most pixels of one photo, see `openPhoto`. */
  limitPixels?: number | undefined;
  /** How long OpenSearch may be away or too busy before the upload gives up, in ms. Default 60 s. */
  patienceMs?: number | undefined;
  /**
   * Stops the upload; photos that have their vectors by then are still sent. An iterable of photos that arrive must end
   * by itself on this signal.
   */
  signal?: AbortSignal | undefined;
  /** Shows how far the upload is. Default: nothing does. */
  progress?: UploadProgress | undefined;
}

/** What an upload did; `problemLines` prints its lists. */
export interface UploadReport {
  /** New in the index. */
  indexed: number;
  /** Already in the index, with this content and credit. */
  unchanged: number;
  /** Already in the index, but with other content, another credit or model. */
  replaced: number;
  /** Renamed since the last upload: their stored vectors were used again, if there were any of this model. */
  moved: number;
  /** Removed from the index. */
  removed: number;
  /** Photos with something wrong that are in the index nevertheless. */
  warnings: SkippedPhoto[];
  /** Photos that can't be read, each with what is wrong with it. */
  skipped: SkippedPhoto[];
  /**
   * Photos that OpenSearch did not take, or did not remove, each with its reason. What an upload that gave up did not send
   * is not in it.
   */
  dropped: SkippedPhoto[];
  /** How long it took. */
  seconds: number;
}

/** OpenSearch refused a part of the upload: `report` lists it, and counts what is in the index. */
export class UploadError extends PhotoSearchError {
  override name = 'UploadError';

  constructor(
    message: string,
    readonly report: UploadReport,
  ) {
    super(message);
  }
}

/**
 * Turns photos into vectors and uploads them to `index`: every photo that is missing there, or differs.
 * A photo is identified by its name, its content's hash and its credit. A second upload therefore changes nothing, and
 * an interrupted one, even after `kill -9`, continues where it stopped. A renamed photo keeps its vector; its old
 * document is deleted. At the end, the upload compares what it wrote with what the index holds.
 *
 * Memory grows by about 500 bytes per photo, no more.
 *
 * @throws PhotoSearchError if the index is missing, holds vectors of another model, or was recreated meanwhile; if the model
 * can't be run; when interrupted
 * @throws UploadError if OpenSearch refused photos, with their names and why; else the client's error
 */
export async function uploadPhotos(client: Client, options: UploadOptions): Promise<UploadReport> {
  const { index, photos, progress, signal = new AbortController().signal } = options;
  const startedAt = performance.now();
  const counts = { indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0 };
  const report: UploadReport = { ...counts, warnings: [], skipped: [], dropped: [], seconds: 0 };
  let interruption: { cause: unknown } | undefined;
  try {
    await upload(client, { ...options, signal }, report);
  } catch (error) {
    if (!signal.aborted) {
      progress?.finish('stopped by an error');
      throw error;
    }
    interruption = { cause: error };
  }
  report.seconds = (performance.now() - startedAt) / 1000;
  const { dropped, skipped } = report;
  const all = Symbol.asyncIterator in photos ? 'the photos that arrived' : `${photos.length} photos`;
  const isAnyKnown = inIndex(report) + skipped.length + dropped.length > 0;
  const there = isAnyKnown
    ? `${inIndex(report)} of ${all} are in index '${index}'`
    : `no photo is known to be in index '${index}' yet`;
  if (dropped.length > 0) {
    progress?.finish(`${dropped.length} failed`);
    throw new UploadError(
      `OpenSearch ${whatFailed(dropped)}; ${there}. ` +
        `Run it again to retry them.\n  ${problemLines(dropped).join('\n  ')}`,
      report,
    );
  }
  if (interruption) {
    progress?.finish(`interrupted, ${there}: run it again to continue`);
    throw new PhotoSearchError(`Interrupted: ${there}. Run it again to continue.`, interruption);
  }
  progress?.update(inIndex(report) + skipped.length);
  progress?.finish(skipped.length > 0 ? `${skipped.length} skipped` : '');
  return report;
}

function inIndex({ indexed, unchanged, replaced, moved }: UploadReport): number {
  return indexed + unchanged + replaced + moved;
}

/** How the reason begins if a document could not be removed. */
const notRemoved = "can't be removed: ";

function whatFailed(dropped: readonly SkippedPhoto[]): string {
  const kept = dropped.filter(({ reason }) => reason.startsWith(notRemoved)).length;
  return [['take', dropped.length - kept] as const, ['remove', kept] as const]
    .filter(([, count]) => count > 0)
    .map(([verb, count]) => `did not ${verb} ${count} photo${count === 1 ? '' : 's'}`)
    .join(' and ');
}

/** What an upload works with: some of its options, what the index held at its beginning, and where it counts. */
interface Upload extends Pick<UploadOptions, 'clip' | 'limitPixels' | 'progress'>, BulkOptions {
  client: Client;
  stored: ReadonlyMap<string, StoredPhoto>;
  gone: ReadonlyMap<string, GonePhoto>;
  report: UploadReport;
  /** Hashes of the files that are there and in the index. */
  hashesHere: Set<string>;
}

/**
 * Does what {@link uploadPhotos} promises, and enters it into the report.
 *
 * @throws if the signal is aborted before all is done
 */
async function upload(
  client: Client,
  options: UploadOptions & { signal: AbortSignal },
  report: UploadReport,
): Promise<void> {
  const { index, clip, photos, patienceMs = 60_000, signal, limitPixels, progress } = options;
  setMaxListeners(0, signal); // each photo that is being read has one for a moment
  const patience = { patienceMs, signal };
  const readInfo = () => patiently(() => readIndexInfo(client, index), patience);

  const before = await readInfo();
  assertSameModel(index, modelOf(index, before), clip.identity);
  const stored = await readStoredPhotos(client, index, clip.identity, patience);
  const gone = await findGonePhotos(stored, Symbol.asyncIterator in photos ? [] : photos, options.isLeftOut);
  const onNotice = (note: string) => {
    show(report, progress, note);
  };
  const counted = { stored, gone, report, hashesHere: new Set<string>() };
  const work: Upload = { client, index, clip, limitPixels, progress, ...patience, onNotice, ...counted };

  const { taken, gaveUp } = await sendPhotos(work, photos);
  if (gaveUp) return;

  const after = await readInfo();
  // A bulk request creates a deleted index again by itself, with a guessed mapping.
  if (!after || after.settings['index.uuid'] !== before?.settings['index.uuid']) {
    throw new PhotoSearchError(`Index '${index}' was deleted or recreated while photos were uploaded to it.`, {
      code: 'index-replaced',
    });
  }
  const oldIds = await compareTaken(work, taken, after);
  // Only now: a photo that was renamed and then lost is still there under its old name.
  const isDone = await removeGone(work, oldIds, options.removeMissing);
  if (isDone) await patiently(() => client.indices.refresh({ index }), patience);
}

function show(report: UploadReport, progress: UploadProgress | undefined, note?: string): void {
  const { skipped, dropped } = report;
  const some = skipped.length > 0 ? `${skipped.length} skipped` : undefined;
  progress?.update(inIndex(report) + skipped.length + dropped.length, note ?? some);
}

/** A photo that OpenSearch said it took, without its document, and what it counts as. */
interface TakenPhoto {
  photo: Photo;
  sha256: string;
  outcome: 'indexed' | 'replaced' | 'moved';
  /** The id that it had before it was renamed. */
  movedFrom?: string | undefined;
}

/**
 * Photos → documents with vectors → index, for all that are missing there, or differ.
 *
 * @returns what OpenSearch said it took, and whether it gave up before the end
 */
async function sendPhotos(
  work: Upload,
  photos: UploadOptions['photos'],
): Promise<{ taken: TakenPhoto[]; gaveUp: boolean }> {
  const { client, clip, stored, gone, report, progress, signal } = work;
  /** By the hash of a content: a document that has its vector. */
  const idWithVector = new Map<string, string>();
  for (const [id, { sha256, hasVector }] of stored) if (hasVector) idWithVector.set(sha256, id);
  /** By the hash of a content: the documents that lack their file, and are not known to be renamed. */
  const goneIds = new Map<string, string[]>();
  for (const [id, { sha256, inEmptyFolder }] of gone) {
    const ids = goneIds.get(sha256) ?? [];
    goneIds.set(sha256, inEmptyFolder ? [id, ...ids] : [...ids, id]); // the last is taken for renamed first
  }

  async function* documents(): AsyncGenerator<PhotoOperation | undefined, void, undefined> {
    const compare = (photo: Photo) => comparePhoto(work, photo, idWithVector);
    const compared = mapAhead(photos, compare, { ahead: decodedAhead, signal });
    for await (const { photo, document, warning, vector, problem } of embedInBatches(clip, compared)) {
      const { id, imageUrl } = photo;
      if (problem !== undefined) report.skipped.push({ imageUrl, reason: problem });
      if (document && vector) {
        if (warning !== undefined) report.warnings.push({ imageUrl, reason: warning });
        yield { id, photo, sha256: document.sha256, document: photoDocumentJson(document, vector) };
      } else yield undefined;
      show(report, progress);
    }
  }

  const taken: TakenPhoto[] = [];
  let gaveUp = false;
  for await (const result of sendOperations(client, documents(), work)) {
    gaveUp ||= result.gaveUp;
    for (const { photo, sha256 } of result.taken) {
      const isNew = !stored.has(photo.id);
      // A new photo with the content of one that is gone is that one, renamed; others may have been copied from it.
      const movedFrom = isNew ? goneIds.get(sha256)?.pop() : undefined;
      const outcome = movedFrom !== undefined ? 'moved' : isNew ? 'indexed' : 'replaced';
      report[outcome]++;
      taken.push({ photo, sha256, outcome, movedFrom });
    }
    for (const { operation, reason } of result.refused) {
      report.dropped.push({ imageUrl: operation.photo.imageUrl, reason });
    }
  }
  signal.throwIfAborted();
  return { taken, gaveUp };
}

/** Writes a photo's document. */
interface PhotoOperation extends BulkOperation {
  photo: Photo;
  sha256: string;
}

/** A photo with the document to write, or with what is wrong with it; with neither if the index has it already. */
interface ComparedPhoto extends Embeddable {
  photo: Photo;
  document?: PhotoDocument | undefined;
  /** What is wrong with it nevertheless, see `openPhoto`. */
  warning?: string | undefined;
}

/**
 * Reads a photo's file, compares it with what the index holds, and makes its document. If the index has this content's
 * vector already, that is used.
 */
async function comparePhoto(
  { client, index, clip, limitPixels, stored, report, hashesHere, patienceMs, signal }: Upload,
  photo: Photo,
  idWithVector: ReadonlyMap<string, string>,
): Promise<ComparedPhoto> {
  const { identity, input } = clip;
  let file: { sha256: string; bytes: number };
  try {
    file = await hashFile(photo.path, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { photo, problem: fileProblem(error) };
  }
  const { sha256 } = file;
  if (isStored(stored.get(photo.id), photo, sha256)) {
    report.unchanged++;
    hashesHere.add(sha256);
    return { photo };
  }
  const id = idWithVector.get(sha256);
  const wanted = id !== undefined && { index, id, sha256, identity };
  const known = wanted && (await readStoredContent(client, wanted, { patienceMs, signal }));
  if (known) return { photo, vector: known.vector, document: photoDocument(photo, known.facts, identity) };
  const decoded = await decodePhoto(photo.path, input, limitPixels);
  if ('problem' in decoded) return { photo, problem: decoded.problem };
  const { pixels, header, warning } = decoded;
  const facts = { ...photoFacts(header), colours: photoColours(pixels, input), ...file };
  return { photo, pixels, warning, document: photoDocument(photo, facts, identity) };
}

/**
 * Compares what OpenSearch said it took with what the index holds, and counts as dropped what it does not.
 *
 * @returns the ids that renamed photos had before
 */
async function compareTaken(work: Upload, taken: readonly TakenPhoto[], info: IndexInfo): Promise<Set<string>> {
  const { client, index, clip, report, hashesHere } = work;
  const oldIds = new Set<string>();
  if (taken.length === 0) return oldIds;
  const found = await readStoredPhotos(client, index, clip.identity, work);
  for (const { photo, sha256, outcome, movedFrom } of taken) {
    if (isStored(found.get(photo.id), photo, sha256)) {
      hashesHere.add(sha256);
      if (movedFrom !== undefined) oldIds.add(movedFrom);
    } else {
      report[outcome]--;
      report.dropped.push({ imageUrl: photo.imageUrl, reason: whyLost(info) });
    }
  }
  return oldIds;
}

const inEmpty =
  'stays in the index, since its folder, or one above it, is empty: if its disk is not mounted, mount it; ' +
  'if you deleted or moved the photos, delete the empty folder, or put any file into it';

/**
 * Removes the documents of photos that are gone: what was renamed, also by an upload that was killed right then, and the
 * others if `removeMissing` is set. Of those in an empty folder it removes only what was renamed now, and names the others.
 *
 * @param oldIds of what was renamed now: they go, but do not count as removed
 * @returns whether it came to the end, without giving up
 */
async function removeGone(work: Upload, oldIds: ReadonlySet<string>, removeMissing = false): Promise<boolean> {
  const { client, gone, report, hashesHere, signal } = work;

  function* leaving(): Generator<BulkOperation & { imageUrl: string }> {
    for (const [id, { name, sha256, inEmptyFolder }] of gone) {
      const imageUrl = imageUrlPrefix + name;
      const wouldGo = removeMissing || hashesHere.has(sha256);
      if (oldIds.has(id) || (wouldGo && !inEmptyFolder)) {
        signal.throwIfAborted();
        yield { id, imageUrl };
      } else if (wouldGo) report.warnings.push({ imageUrl, reason: inEmpty });
    }
  }

  let isDone = true;
  for await (const { taken, refused, gaveUp } of sendOperations(client, leaving(), work)) {
    isDone &&= !gaveUp;
    report.removed += taken.filter(({ id }) => !oldIds.has(id)).length;
    for (const { operation, reason } of refused) {
      report.dropped.push({ imageUrl: operation.imageUrl, reason: notRemoved + reason });
    }
  }
  signal.throwIfAborted();
  return isDone;
}
