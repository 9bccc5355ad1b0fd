import { setMaxListeners } from 'node:events';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from './clip';
import { decodedAhead, type Embeddable, embedInBatches } from './embed-photos';
import { mapAhead } from './photo/map-ahead';
import { fileProblem, PhotoSearchError } from './errors';
import { type BulkOperation, type BulkOptions, sendOperations } from './opensearch/bulk';
import { findGonePhotos, type GonePhoto } from './photo/find-gone-photos';
import { readIndexInfo } from './opensearch/index-info';
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
   * What `findPhotos` found, or some of it; or photos as they arrive, from a download for example, each name once. Nothing
   * then counts as renamed or gone.
   */
  photos: readonly Photo[] | AsyncIterable<Photo>;
  /**
   * Whether to remove photos from the index if their files are gone. Default false: then only if another photo has the same
   * content, as where a photo was renamed. Those of a folder that is empty stay: its disk may not be mounted.
   */
  removeMissing?: boolean | undefined;
  /** Names of photos that count as gone although their files are there. Default: none. */
  isLeftOut?: ((name: string) => boolean) | undefined;
  /** Most pixels of one photo, see `openPhoto`. */
  limitPixels?: number | undefined;
  /** How long OpenSearch may be away or too busy before the upload gives up, in ms. Default 60 s. */
  patienceMs?: number | undefined;
  /** Stops the upload. Photos that have their vectors by then are still sent. */
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
  /** Renamed since the last upload: their stored vectors were used again. */
  moved: number;
  /** Removed from the index. */
  removed: number;
  /** Photos that are in the index although something is wrong with them. */
  warnings: SkippedPhoto[];
  /** Photos that can't be read, each with what is wrong with it. */
  skipped: SkippedPhoto[];
  /** Photos that OpenSearch did not take, or did not remove, each with its reason. */
  dropped: SkippedPhoto[];
  /** How long it took. */
  seconds: number;
}

/** OpenSearch refused a part of the upload. The rest is in the index; `report` lists both. */
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
 * Memory does not grow with the number of photos, except for about 500 bytes per photo.
 *
 * @throws PhotoSearchError if the index is missing or holds vectors of another model, or when interrupted
 * @throws UploadError if photos did not get into the index, with their names and why
 */
export async function uploadPhotos(client: Client, options: UploadOptions): Promise<UploadReport> {
  const { index, photos, progress, signal = new AbortController().signal } = options;
  const startedAt = performance.now();
  const counts = { indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0 };
  const report: UploadReport = { ...counts, warnings: [], skipped: [], dropped: [], seconds: 0 };
  let interrupted = false;
  try {
    await upload(client, { ...options, signal }, report);
  } catch (error) {
    interrupted = signal.aborted;
    if (!interrupted) {
      progress?.finish('stopped by an error');
      throw error;
    }
  }
  report.seconds = (performance.now() - startedAt) / 1000;
  const { dropped, skipped } = report;
  const all = Symbol.asyncIterator in photos ? 'the photos that arrived' : `${photos.length} photos`;
  const isCompared = inIndex(report) + skipped.length + dropped.length > 0;
  const there = isCompared ? `${inIndex(report)} of ${all} are in index '${index}'` : 'nothing was changed';
  if (dropped.length > 0) {
    progress?.finish(`${dropped.length} failed`);
    throw new UploadError(
      `OpenSearch ${whatFailed(dropped)}; ${there}. ` +
        `Run it again to retry them.\n  ${problemLines(dropped).join('\n  ')}`,
      report,
    );
  }
  if (interrupted) {
    progress?.finish(`interrupted, ${there}: run it again to continue`);
    throw new PhotoSearchError(`Interrupted: ${there}. Run it again to continue.`);
  }
  progress?.update(inIndex(report) + skipped.length);
  progress?.finish(skipped.length > 0 ? `${skipped.length} skipped` : '');
  return report;
}

function inIndex({ indexed, unchanged, replaced, moved }: UploadReport): number {
  return indexed + unchanged + replaced + moved;
}

/** How the reason begins why a document is still there although its photo's file is gone. */
const notRemoved = "can't be removed: ";

function whatFailed(dropped: readonly SkippedPhoto[]): string {
  const kept = dropped.filter(({ reason }) => reason.startsWith(notRemoved)).length;
  return [['take', dropped.length - kept] as const, ['remove', kept] as const]
    .filter(([, count]) => count > 0)
    .map(([verb, count]) => `did not ${verb} ${count} photo${count === 1 ? '' : 's'}`)
    .join(' and ');
}

/** What an upload works with: its options, what the index held at its beginning, and where it counts. */
interface Upload extends Pick<UploadOptions, 'clip' | 'limitPixels' | 'progress'>, BulkOptions {
  client: Client;
  stored: ReadonlyMap<string, StoredPhoto>;
  report: UploadReport;
}

/** A photo that OpenSearch said it took, without its document, and what it counts as. */
interface TakenPhoto {
  photo: Photo;
  sha256: string;
  outcome: 'indexed' | 'replaced' | 'moved';
}

/**
 * Does what {@link uploadPhotos} promises, and enters it into the report.
 *
 * @throws the signal's reason if it is aborted before all is done
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
  const work: Upload = { client, index, clip, limitPixels, progress, stored, report, ...patience, onNotice };
  const { taken, contents, gaveUp } = await sendPhotos(work, photos);
  const movedFrom = findMoved(taken, gone, report);
  if (gaveUp || (await removeGone(work, { gone, contents, movedFrom, removeMissing: options.removeMissing }))) return;

  const after = await readInfo();
  // A bulk request creates a deleted index again by itself, with a guessed mapping.
  if (!after || after.settings['index.uuid'] !== before?.settings['index.uuid']) {
    throw new PhotoSearchError(`Index '${index}' was deleted or recreated while photos were uploaded to it.`, {
      code: 'index-replaced',
    });
  }
  await patiently(() => client.indices.refresh({ index }), patience);
  if (taken.length === 0) return;
  const found = await readStoredPhotos(client, index, clip.identity, patience);
  for (const { photo, sha256, outcome } of taken) {
    if (isStored(found.get(photo.id), photo, sha256)) continue;
    report[outcome]--;
    report.dropped.push({ imageUrl: photo.imageUrl, reason: whyLost(after) });
  }
}

function show(report: UploadReport, progress: UploadProgress | undefined, note?: string): void {
  const { skipped, dropped } = report;
  const some = skipped.length > 0 ? `${skipped.length} skipped` : undefined;
  progress?.update(inIndex(report) + skipped.length + dropped.length, note ?? some);
}

/**
 * Photos → documents with vectors → index, for all that are missing there, or differ.
 *
 * @returns what OpenSearch said it took, the hashes of all `contents` that the index has now under the names of files
 * that are there, and whether it gave up before the end
 */
async function sendPhotos(
  work: Upload,
  photos: UploadOptions['photos'],
): Promise<{ taken: TakenPhoto[]; contents: Set<string>; gaveUp: boolean }> {
  const { client, clip, stored, report, progress, signal } = work;
  /** By the hash of a content: a document that has its vector. */
  const idWithVector = new Map<string, string>();
  for (const [id, { sha256, hasVector }] of stored) if (hasVector) idWithVector.set(sha256, id);
  const taken: TakenPhoto[] = [];
  const contents = new Set<string>();

  async function* documents(): AsyncGenerator<PhotoOperation | undefined, void, undefined> {
    const compared = mapAhead(photos, (photo) => comparePhoto(work, photo, idWithVector), {
      ahead: decodedAhead,
      signal,
    });
    for await (const { photo, unchanged, document, warning, vector, problem } of embedInBatches(clip, compared)) {
      const { id, imageUrl } = photo;
      if (problem !== undefined) report.skipped.push({ imageUrl, reason: problem });
      if (unchanged !== undefined) {
        report.unchanged++;
        contents.add(unchanged);
      }
      if (document && vector) {
        if (warning !== undefined) report.warnings.push({ imageUrl, reason: warning });
        yield { id, photo, sha256: document.sha256, document: photoDocumentJson(document, vector) };
      } else yield undefined;
      show(report, progress);
    }
  }

  let gaveUp = false;
  for await (const outcome of sendOperations(client, documents(), work)) {
    gaveUp ||= outcome.gaveUp;
    for (const { photo, sha256 } of outcome.taken) {
      const counted = stored.has(photo.id) ? 'replaced' : 'indexed';
      report[counted]++;
      taken.push({ photo, sha256, outcome: counted });
      contents.add(sha256);
    }
    for (const { operation, reason } of outcome.refused) {
      report.dropped.push({ imageUrl: operation.photo.imageUrl, reason });
    }
  }
  signal.throwIfAborted();
  return { taken, contents, gaveUp };
}

/** A photo's document, and of which content it is. */
interface PhotoOperation extends BulkOperation {
  photo: Photo;
  sha256: string;
}

/** A photo with the document to write, or with what is wrong with it. */
interface ComparedPhoto extends Embeddable {
  photo: Photo;
  /** The hash of its content, if the index has it already: there is nothing to write. */
  unchanged?: string;
  document?: PhotoDocument;
  /** What is wrong with it nevertheless, see `openPhoto`. */
  warning?: string | undefined;
}

/**
 * Reads a photo's file, compares it with what the index holds, and makes its document. If the index has this content's
 * vector already, that is used.
 */
async function comparePhoto(
  { client, index, clip, limitPixels, stored, patienceMs, signal }: Upload,
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
  if (isStored(stored.get(photo.id), photo, sha256)) return { photo, unchanged: sha256 };
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
 * Counts new photos with the content of one that is gone as moved: they are that one, renamed. There may be more of them
 * than are gone; those are copies.
 *
 * @returns the ids under which they were before
 */
function findMoved(taken: TakenPhoto[], gone: ReadonlyMap<string, GonePhoto>, report: UploadReport): Set<string> {
  const movedFrom = new Set<string>();
  const goneIds = new Map<string, string[]>();
  for (const [id, { sha256 }] of gone) goneIds.set(sha256, [...(goneIds.get(sha256) ?? []), id]);
  for (const one of taken) {
    const from = one.outcome === 'indexed' ? goneIds.get(one.sha256)?.pop() : undefined;
    if (from === undefined) continue;
    movedFrom.add(from);
    one.outcome = 'moved';
    report.indexed--;
    report.moved++;
  }
  return movedFrom;
}

const inEmpty =
  'stays in the index, since its folder is empty: if its disk is not mounted, mount it; if you deleted the photos, delete the folder too';

/**
 * Removes the documents of photos that are gone: where that is asked for, and where the content has another name now. A
 * rename's old document is thus removed even if the upload that moved the photo was killed right then.
 *
 * @param options `contents`, see {@link sendPhotos}; `movedFrom`: what does not count as removed
 * @returns whether it gave up before the end
 */
async function removeGone(
  work: Upload,
  options: {
    gone: ReadonlyMap<string, GonePhoto>;
    contents: ReadonlySet<string>;
    movedFrom: ReadonlySet<string>;
    removeMissing?: boolean | undefined;
  },
): Promise<boolean> {
  const { client, report, signal } = work;
  const { gone, contents, movedFrom, removeMissing = false } = options;
  const leaving: (BulkOperation & { imageUrl: string })[] = [];
  for (const [id, { name, sha256, inEmptyFolder }] of gone) {
    const imageUrl = imageUrlPrefix + name;
    if (contents.has(sha256) || (removeMissing && !inEmptyFolder)) leaving.push({ id, imageUrl });
    else if (removeMissing) report.warnings.push({ imageUrl, reason: inEmpty });
  }
  let gaveUp = false;
  for await (const outcome of sendOperations(client, leaving, work)) {
    gaveUp ||= outcome.gaveUp;
    report.removed += outcome.taken.filter(({ id }) => !movedFrom.has(id)).length;
    for (const { operation, reason } of outcome.refused) {
      report.dropped.push({ imageUrl: operation.imageUrl, reason: notRemoved + reason });
    }
  }
  signal.throwIfAborted();
  return gaveUp;
}
