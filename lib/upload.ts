import { setMaxListeners } from 'node:events';
import type { Client } from '@opensearch-project/opensearch';
import { type BulkOperation, sendOperations } from './bulk';
import type { Clip } from './clip';
import { decodedAhead, type Embeddable, embedInBatches, mapAhead } from './embed-photos';
import { fileProblem, PhotoSearchError } from './errors';
import { assertSameModel, modelOf, readIndexInfo } from './index-model';
import { photoColours, photoFacts } from './photo-facts';
import { hashFile, imageUrlPrefix, type Photo, type SkippedPhoto } from './photos';
import { decodePhoto } from './pixels';
import { patiently } from './requests';
import {
  findGonePhotos,
  isStored,
  photoDocument,
  type PhotoDocument,
  photoDocumentJson,
  readStoredContent,
  readStoredPhotos,
  whyLost,
} from './stored-photos';

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
    const kept = dropped.filter(({ reason }) => reason.startsWith(notRemoved)).length;
    const what = [['take', dropped.length - kept] as const, ['remove', kept] as const]
      .filter(([, count]) => count > 0)
      .map(([verb, count]) => `did not ${verb} ${count} photo${count === 1 ? '' : 's'}`);
    throw new UploadError(
      `OpenSearch ${what.join(' and ')}; ${there}. ` +
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

const inEmpty =
  'stays in the index, since its folder is empty: if its disk is not mounted, mount it; if you deleted the photos, delete the folder too';

/** A photo with the document to write, or with what is wrong with it; with neither if there is nothing to do. */
interface PreparedPhoto extends Embeddable {
  photo: Photo;
  document?: PhotoDocument;
  /** What is wrong with it nevertheless, see `openPhoto`. */
  warning?: string | undefined;
}

/** Writes a photo's document; without `written` it removes that of a photo whose file is gone. */
interface UploadOperation extends BulkOperation {
  imageUrl: string;
  written?: { photo: Photo; sha256: string };
}

/**
 * Does what {@link uploadPhotos} promises, and enters it into the report.
 *
 * @throws the signal's reason if it is aborted before all is done
 */
async function upload(
  client: Client,
  { index, clip, photos, progress, removeMissing = false, ...options }: UploadOptions & { signal: AbortSignal },
  report: UploadReport,
): Promise<void> {
  const { patienceMs = 60_000, signal, limitPixels } = options;
  const { identity, input } = clip;
  const patience = { patienceMs, signal };
  setMaxListeners(0, signal); // each photo that is being read has one for a moment
  const readInfo = () => patiently(() => readIndexInfo(client, index), patience);
  const info = await readInfo();
  assertSameModel(index, modelOf(index, info), identity);
  const stored = await readStoredPhotos(client, index, identity, patience);
  const gone = await findGonePhotos(stored, Symbol.asyncIterator in photos ? [] : photos, options.isLeftOut);
  /** By the hash of a content: a document that has its vector. */
  const idWithVector = new Map<string, string>();
  for (const [id, { sha256, hasVector }] of stored) if (hasVector) idWithVector.set(sha256, id);
  /** By the hash of a content: the documents that lack their file, and were not renamed. */
  const goneIds = new Map<string, string[]>();
  for (const [id, { sha256 }] of gone) goneIds.set(sha256, [...(goneIds.get(sha256) ?? []), id]);
  const idsMovedFrom = new Set<string>();
  /** What OpenSearch said it took, without the documents themselves, and what each counts as. */
  const taken: { photo: Photo; sha256: string; outcome: 'indexed' | 'replaced' | 'moved' }[] = [];
  /** Hashes of the contents that the index has under the names of files that are there. */
  const contentsHere = new Set<string>();

  const show = (note?: string) => {
    const { skipped, dropped } = report;
    const some = skipped.length > 0 ? `${skipped.length} skipped` : undefined;
    progress?.update(inIndex(report) + skipped.length + dropped.length, note ?? some);
  };

  /**
   * Reads a photo's file, compares it with what the index holds, and prepares its document. If the index
   * has this content's vector already, that is used.
   */
  async function prepare(photo: Photo): Promise<PreparedPhoto> {
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
      contentsHere.add(sha256);
      return { photo };
    }
    const id = idWithVector.get(sha256);
    const known = id !== undefined && (await readStoredContent(client, { index, id, sha256, identity }, patience));
    if (known) return { photo, vector: known.vector, document: photoDocument(photo, known.facts, identity) };
    const decoded = await decodePhoto(photo.path, input, limitPixels);
    if ('problem' in decoded) return { photo, problem: decoded.problem };
    const { pixels, header, warning } = decoded;
    const facts = { ...photoFacts(header), colours: photoColours(pixels, input), ...file };
    return { photo, pixels, warning, document: photoDocument(photo, facts, identity) };
  }

  async function* documents(): AsyncGenerator<UploadOperation | undefined, void, undefined> {
    const prepared = mapAhead(photos, prepare, { ahead: decodedAhead, signal });
    for await (const { photo, document, warning, vector, problem } of embedInBatches(clip, prepared)) {
      const { id, imageUrl } = photo;
      if (problem !== undefined) report.skipped.push({ imageUrl, reason: problem });
      if (document && vector) {
        if (warning !== undefined) report.warnings.push({ imageUrl, reason: warning });
        const written = { photo, sha256: document.sha256 };
        yield { id, imageUrl, written, document: photoDocumentJson(document, vector) };
      } else yield undefined;
      show();
    }
  }

  /** A new photo with the content of one that is gone is that one, renamed; others may have been copied from it. */
  function outcomeOf(photo: Photo, sha256: string): (typeof taken)[number]['outcome'] {
    if (stored.has(photo.id)) return 'replaced';
    const movedFrom = goneIds.get(sha256)?.pop();
    if (movedFrom === undefined) return 'indexed';
    idsMovedFrom.add(movedFrom);
    return 'moved';
  }

  /** Sends operations, and enters what became of them; returns whether it gave up. */
  async function send(operations: Parameters<typeof sendOperations<UploadOperation>>[1]): Promise<boolean> {
    let gaveUp = false;
    for await (const result of sendOperations(client, operations, { index, ...patience, onNotice: show })) {
      gaveUp ||= result.gaveUp;
      for (const { id, written } of result.taken) {
        if (written) {
          const outcome = outcomeOf(written.photo, written.sha256);
          report[outcome]++;
          taken.push({ ...written, outcome });
          contentsHere.add(written.sha256);
        } else if (!idsMovedFrom.has(id)) report.removed++;
      }
      for (const { operation, reason } of result.refused) {
        const { imageUrl, written } = operation;
        report.dropped.push({ imageUrl, reason: written ? reason : notRemoved + reason });
      }
    }
    signal.throwIfAborted();
    return gaveUp;
  }

  if (await send(documents())) return;
  // A rename's old document is removed unasked, even if the upload that moved the photo was killed right then.
  const leaving: UploadOperation[] = [];
  for (const [id, { name, sha256, inEmptyFolder }] of gone) {
    const imageUrl = imageUrlPrefix + name;
    if (contentsHere.has(sha256) || (removeMissing && !inEmptyFolder)) leaving.push({ id, imageUrl });
    else if (removeMissing) report.warnings.push({ imageUrl, reason: inEmpty });
  }
  if (await send(leaving)) return;
  const now = await readInfo();
  // A bulk request creates a deleted index again by itself, with a guessed mapping.
  if (!now || now.settings['index.uuid'] !== info?.settings['index.uuid']) {
    throw new PhotoSearchError(`Index '${index}' was deleted or recreated while photos were uploaded to it.`, {
      code: 'index-replaced',
    });
  }
  await patiently(() => client.indices.refresh({ index }), patience);
  if (taken.length === 0) return;
  const found = await readStoredPhotos(client, index, identity, patience);
  for (const { photo, sha256, outcome } of taken) {
    if (isStored(found.get(photo.id), photo, sha256)) continue;
    report[outcome]--;
    report.dropped.push({ imageUrl: photo.imageUrl, reason: whyLost(now) });
  }
}

/** How many lines are written before "and 12 more problems". */
const mostLines = 10;

/** A line for each photo with its reason; one line for all that share a reason. */
export function problemLines(photos: readonly SkippedPhoto[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { imageUrl, reason } of photos) {
    // One line a photo, whatever its name holds.
    const name = JSON.stringify(imageUrl).slice(1, -1);
    const names = byReason.get(reason);
    if (names) names.push(name);
    else byReason.set(reason, [name]);
  }
  const lines = [...byReason].map(([reason, names]) => {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}: ${reason}`;
  });
  const left = lines.length - mostLines;
  return left > 0 ? [...lines.slice(0, mostLines), `and ${left} more problems`] : lines;
}
