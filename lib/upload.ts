import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Client } from '@opensearch-project/opensearch';
import { type BulkOperation, type BulkOutcome, sendBulk } from './bulk';
import type { Clip } from './clip';
import { embedBatch, mapAhead } from './embed-photos';
import { PhotoSearchError } from './errors';
import { assertSameModel, indexModel } from './index-model';
import { fileProblem, type OpenPhoto, photoProblem } from './open-photo';
import { photoColours, photoFacts } from './photo-facts';
import { imageUrlPrefix, type Photo, type SkippedPhoto } from './photos';
import { openForModel, photoPixels, type Pixels } from './pixels';
import {
  findGonePhotos,
  findLostPhotos,
  indexUuid,
  isStored,
  photoDocument,
  type PhotoDocument,
  photoDocumentJson,
  readStoredPhotos,
  readStoredVector,
  type StoredPhoto,
  type WrittenPhoto,
} from './stored-photos';

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
  removeMissing?: boolean | undefined;
  /** Names of photos that count as gone although their files are there. Default: none. */
  isLeftOut?: ((name: string) => boolean) | undefined;
  /** Most pixels of one photo, see `openPhoto`. */
  limitPixels?: number | undefined;
  /** How long OpenSearch may turn photos away as too busy before the upload gives up, in ms. Default 60 s. */
  patienceMs?: number | undefined;
  /** Stops the upload, see `interruptSignal`. Photos that have their vectors by then are still sent. */
  signal?: AbortSignal | undefined;
  /** Where it is seen how far the upload is. Default: nowhere. */
  progress?: UploadProgress | undefined;
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
 * @throws PhotoSearchError if the index is missing or holds vectors of another model, or when interrupted
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
      throw new PhotoSearchError(
        `Index '${index}' was deleted or made again while photos were uploaded to it.`,
        { code: 'index-replaced' },
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
    throw new PhotoSearchError(`Interrupted: ${there}. Run it again: it goes on with the rest.`);
  }
  show();
  progress?.finish(report.skipped.length > 0 ? `${report.skipped.length} skipped` : '');
  return report;
}

/** What an upload did. */
export interface UploadReport {
  /** New in the index. */
  indexed: number;
  /** There already, with this content and this credit. */
  unchanged: number;
  /** There already, but with another content, credit or model. */
  replaced: number;
  /** Renamed since the last upload: their stored vectors were used again. */
  moved: number;
  /** Taken out of the index. */
  removed: number;
  /** Photos that are in the index although something is wrong with them. */
  warnings: SkippedPhoto[];
  /** Photos that can't be read, each with what is wrong with it. */
  skipped: SkippedPhoto[];
  /** Photos that OpenSearch refused, each with its reason. */
  dropped: SkippedPhoto[];
  /** How long it took. */
  seconds: number;
}

/** An upload that OpenSearch did not take whole. What it took is in the index; `report` has all of it. */
export class UploadError extends PhotoSearchError {
  override name = 'UploadError';

  constructor(
    message: string,
    readonly report: UploadReport,
  ) {
    super(message);
  }
}

/** The error for an upload whose report has dropped photos. */
function droppedError(report: UploadReport, there: string): UploadError {
  const { dropped } = report;
  const lines = photoLines(dropped).map((line) => `\n  ${line}`);
  return new UploadError(
    `OpenSearch did not take ${dropped.length} photo${dropped.length === 1 ? '' : 's'}; ${there}. ` +
      `Run it again: it tries the others once more.${lines.join('')}`,
    report,
  );
}

/** How many names stand in a message before it says "and 12 more". */
const mostNames = 10;

/** The report as a short table of text, followed by a line for each photo that is not in the index. */
export function uploadTable(report: UploadReport): string {
  const { skipped, dropped, seconds } = report;
  const counts = Object.entries({
    indexed: report.indexed,
    unchanged: report.unchanged,
    replaced: report.replaced,
    moved: report.moved,
    removed: report.removed,
    skipped: skipped.length,
    dropped: dropped.length,
  }).filter(([outcome, count]) => count > 0 || outcome === 'indexed' || outcome === 'unchanged');
  const width = Math.max(...counts.map(([, count]) => String(count).length));
  const lines = counts.map(
    ([outcome, count]) => `${outcome.padEnd(10)}${String(count).padStart(width)}`,
  );
  return [
    ...lines,
    `in ${seconds.toFixed(1)} s`,
    ...photoLines(report.warnings).map((line) => `warning: ${line}`),
    ...skippedLines(skipped),
    ...photoLines(dropped).map((line) => `dropped: ${line}`),
  ].join('\n');
}

/** A line for each photo that was skipped; one for all that share a reason. */
export function skippedLines(skipped: SkippedPhoto[]): string[] {
  return photoLines(skipped).map((line) => `skipped: ${line}`);
}

/** A line for each photo with its reason; one line for all that share a reason. */
function photoLines(photos: SkippedPhoto[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { imageUrl, reason } of photos) {
    const names = byReason.get(reason) ?? [];
    byReason.set(reason, names);
    // One line a photo, whatever its name holds.
    names.push(JSON.stringify(imageUrl).slice(1, -1));
  }
  const lines = [...byReason].map(([reason, names]) => {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}: ${reason}`;
  });
  const left = lines.length - mostNames;
  return left > 0 ? [...lines.slice(0, mostNames), `and ${left} more problems`] : lines;
}

/** A line of an upload's bulk requests: a document of a photo, or the removal of one whose file is gone. */
export type UploadOperation = BulkOperation & { imageUrl: string } & (
    | { written: WrittenPhoto }
    /** What a rename leaves behind counts as nothing. */
    | { removed: boolean }
  );

/** What an upload has done so far. */
export interface UploadTally {
  report: UploadReport;
  /** What OpenSearch said it took, without the documents themselves. */
  written: WrittenPhoto[];
  /** Contents that are in the index under the name of a file that is there. */
  kept: Set<string>;
  /** Whether further requests would fare no better. */
  gaveUp: boolean;
}

/** An empty tally. */
function newTally(): UploadTally {
  const counts = { indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0 };
  return {
    report: { ...counts, warnings: [], skipped: [], dropped: [], seconds: 0 },
    written: [],
    kept: new Set(),
    gaveUp: false,
  };
}

/** How many of the upload's photos are in the index. */
export function inIndex({ indexed, unchanged, replaced, moved }: UploadReport): number {
  return indexed + unchanged + replaced + moved;
}

/** Enters what became of a request's operations. */
function settle(
  tally: UploadTally,
  { taken, refused, gaveUp }: BulkOutcome<UploadOperation>,
): void {
  const { report, written, kept } = tally;
  tally.gaveUp ||= gaveUp;
  for (const operation of taken) {
    if ('written' in operation) {
      report[operation.written.counts]++;
      written.push(operation.written);
      kept.add(operation.written.sha256);
    } else if (operation.removed) report.removed++;
  }
  for (const { operation, reason } of refused) {
    report.dropped.push({ imageUrl: operation.imageUrl, reason });
  }
}

/** What an upload has to do with a photo: nothing, skip it, or write its document. */
export type PreparedPhoto =
  { photo: Photo; unchanged: true; sha256: string } | { photo: Photo; problem: string } | NewPhoto;

/** A photo whose document is to be written: with its vector, [dimension], or with what it is made from. */
export type NewPhoto = Omit<WrittenPhoto, 'sha256'> & {
  document: PhotoDocument;
  /** What is wrong with it nevertheless, see `openPhoto`. */
  warning?: string | undefined;
} & ({ vector: Float32Array } | { pixels: Pixels });

export interface PreparePhotoOptions {
  index: string;
  clip: Clip;
  /** What the index holds, by `_id`. */
  stored: ReadonlyMap<string, StoredPhoto>;
  /** Those of them whose files are gone. */
  gone: ReadonlyMap<string, StoredPhoto>;
  limitPixels?: number | undefined;
  signal: AbortSignal;
}

/**
 * Makes the function that reads a photo's file, compares it with what the index holds, and prepares its document.
 *
 * A new photo with the content of one that is gone is that one, renamed; several may have been copied from one. What
 * has this content's vector already lends it.
 *
 * It throws RequestError if the server fails, and the signal's reason once that is aborted.
 */
function photoPreparer(
  client: Client,
  { index, clip, stored, gone, limitPixels, signal }: PreparePhotoOptions,
): (photo: Photo) => Promise<PreparedPhoto> {
  const { identity } = clip;
  const vectorOf = new Map<string, string>();
  for (const [id, { sha256, hasVector }] of stored) if (hasVector) vectorOf.set(sha256, id);
  const goneIds = new Map<string, string[]>();
  for (const [id, { sha256 }] of gone) goneIds.set(sha256, [...(goneIds.get(sha256) ?? []), id]);

  return async function prepare(photo) {
    let file: { sha256: string; bytes: number };
    try {
      file = await hashFile(photo.path, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { photo, problem: fileProblem(error) };
    }
    const { sha256 } = file;
    const before = stored.get(photo.id);
    if (before && isStored(before, photo, sha256)) return { photo, unchanged: true, sha256 };

    const movedFrom = before ? undefined : goneIds.get(sha256)?.pop();
    const counts = movedFrom !== undefined ? 'moved' : before ? 'replaced' : 'indexed';
    const id = vectorOf.get(sha256);
    const known =
      id === undefined
        ? undefined
        : await readStoredVector(client, { index, id, sha256, identity }, signal);
    try {
      const open = await openForModel(photo.path, limitPixels);
      const { colours, ...made } = known ?? (await readPicture(open, clip));
      const { header, warning } = open;
      const facts = photoFacts(header);
      const document = photoDocument(photo, { ...facts, colours, ...file }, identity);
      return { photo, document, counts, movedFrom, warning, ...made };
    } catch (error) {
      return { photo, problem: await photoProblem(photo.path, error) };
    }
  };
}

async function readPicture(
  open: OpenPhoto,
  { input }: Clip,
): Promise<{ pixels: Pixels; colours: ReturnType<typeof photoColours> }> {
  const pixels = await photoPixels(open, input);
  return { pixels, colours: photoColours(pixels, input) };
}

/** Photos in one run of the model: more is no faster on a CPU. */
export const photosPerRun = 8;

type PhotoToEmbed = Extract<NewPhoto, { pixels: unknown }>;

/** What an upload has to do with a photo, its vector found. */
export type EmbeddedUpload = Exclude<PreparedPhoto, PhotoToEmbed>;

/** Runs the model on the photos that have no vector yet, batch by batch; the others come out at once. */
async function* embedPrepared(
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

/**
 * SHA-256 of a file's bytes, by which a changed or renamed photo is known (times and sizes don't survive a clone), and a
 * model's damaged file. Reads about 1 GB/s, 1 MiB at a time.
 *
 * @returns the hash as 64 hex digits, and the file's size in bytes
 * @throws the file system's error, or the signal's reason
 */
export async function hashFile(
  file: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 2 ** 20 });
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
