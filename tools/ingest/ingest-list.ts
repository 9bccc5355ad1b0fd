import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import { DownloadError, describeUrl, explainDiskError } from '../../download/error';
import { writeWhole } from '../../download/write-whole';
import type { Clip } from '../../lib/clip';
import { mapAhead } from '../../lib/embed-photos';
import { PhotoSearchError } from '../../lib/errors';
import { photoProblem } from '../../lib/open-photo';
import type { SkippedPhoto } from '../../lib/photos';
import { isStored, readStoredPhotos } from '../../lib/stored-photos';
import { problemLines, UploadError, uploadPhotos, type UploadProgress, type UploadReport } from '../../lib/upload';
import type { FetchBytes } from './fetch-bytes';
import { photoJpeg, scaledAddress, widthFor } from './photo-jpeg';
import type { ListedPhoto } from './photo-list';
import { sumReports } from './sum-reports';

export interface IngestListOptions {
  index: string;
  clip: Clip;
  photos: readonly ListedPhoto[];
  fetchBytes: FetchBytes;
  /** Whether photos are fetched and kept in full size. */
  keep: boolean;
  limitPixels?: number | undefined;
  signal: AbortSignal;
  progress: UploadProgress;
}

/**
 * Fetches the photos that are not in the index yet, into the photos folder, and uploads them, some at a time: while some
 * are uploaded, the next are fetched. What a run that was killed has fetched is not fetched again.
 *
 * @throws UploadError if OpenSearch did not take some; whatever else `uploadPhotos` throws
 */
export async function ingestList(
  client: Client,
  { photos, fetchBytes, keep, progress, ...upload }: IngestListOptions,
): Promise<UploadReport> {
  const { index, clip, limitPixels, signal } = upload;
  const startedAt = performance.now();
  const stored = await readStoredPhotos(client, index, clip.identity);
  const missing = photos.filter((photo) => {
    const before = stored.get(photo.id);
    return !isStored(before, photo, before?.sha256 ?? '');
  });
  const width = keep ? undefined : widthFor(clip.input.crop.width);
  const onDisk = await makeFolders(missing);
  const reports: UploadReport[] = [{ ...sumReports([]), unchanged: photos.length - missing.length }];
  let [settled, uploading, fetched] = [photos.length - missing.length, 0, 0];
  const show = (note = `${fetched} fetched`) => {
    progress.update(settled + uploading, note);
  };
  show();
  /** Fetching ends when uploading has failed. */
  const stop = new AbortController();

  /** What keeps a photo from being on the disk; undefined if it is there. */
  async function fetchPhoto(photo: ListedPhoto): Promise<string | undefined> {
    const { path: file, address } = photo;
    if (onDisk.has(file)) return undefined;
    try {
      const wanted = width === undefined ? address : scaledAddress(address, width);
      return await fetchBytes(wanted, (bytes) => keepPhoto(photo, bytes));
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      return error.message.replaceAll(describeUrl(address), 'its address').replace(/\.$/, '');
    }
  }

  async function keepPhoto({ path: file, address }: ListedPhoto, bytes: Buffer): Promise<string | undefined> {
    let jpeg: Buffer;
    try {
      jpeg = await photoJpeg(bytes, { width, limitPixels, address });
    } catch (error) {
      return photoProblem(bytes, error);
    }
    await writeWhole(file, jpeg);
    fetched++;
    return undefined;
  }

  async function fetchSome(some: readonly ListedPhoto[]) {
    const arrived: ListedPhoto[] = [];
    const skipped: SkippedPhoto[] = [];
    const fetching = async (photo: ListedPhoto) => ({ photo, reason: await fetchPhoto(photo) });
    for await (const { photo, reason } of mapAhead(some, fetching, { ahead: mostAhead, signal: stop.signal })) {
      if (reason === undefined) arrived.push(photo);
      else skipped.push({ imageUrl: photo.imageUrl, reason });
      show();
    }
    return { arrived, skipped };
  }

  const uploadProgress: UploadProgress = {
    update(done, note) {
      uploading = done;
      show(note);
    },
    finish: () => undefined,
  };

  async function uploadSome(some: readonly ListedPhoto[]): Promise<UploadReport> {
    try {
      return await uploadPhotos(client, { ...upload, photos: some, progress: uploadProgress });
    } catch (error) {
      if (error instanceof UploadError) return error.report; // the others come nevertheless
      stop.abort(error);
      throw error;
    }
  }

  try {
    for await (const { arrived, skipped } of mapAhead(inChunks(missing), fetchSome, { ahead: 2, signal })) {
      const report = await uploadSome(arrived);
      reports.push({ ...report, skipped: [...skipped, ...report.skipped] });
      [settled, uploading] = [settled + arrived.length + skipped.length, 0];
      // What can't be read is fetched again by the next run.
      const unreadable = new Set(report.skipped.map(({ imageUrl }) => imageUrl));
      for (const photo of arrived) if (unreadable.has(photo.imageUrl)) await rm(photo.path, { force: true });
    }
  } catch (error) {
    progress.finish('stopped');
    if (!signal.aborted) throw error;
    throw new PhotoSearchError('Interrupted. What has arrived stays: run it again to continue.');
  }
  const report = { ...sumReports(reports), seconds: (performance.now() - startedAt) / 1000 };
  const { dropped } = report;
  progress.finish(`${fetched} fetched`);
  if (dropped.length > 0) {
    throw new UploadError(
      `OpenSearch did not take ${dropped.length} of ${photos.length} photos. ` +
        `Run it again to retry them.\n  ${problemLines(dropped).join('\n  ')}`,
      report,
    );
  }
  return report;
}

/** A host that asks to wait keeps so many photos of others from being fetched before its own. */
const mostAhead = 100;

/** Each upload lists the index: there are twenty at most, however many photos there are. */
function inChunks<Item>(items: readonly Item[]): Item[][] {
  const size = Math.max(500, Math.ceil(items.length / 20));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** @returns the files that are there already */
async function makeFolders(photos: readonly ListedPhoto[]): Promise<Set<string>> {
  const files = new Set<string>();
  for (const folder of new Set(photos.map((photo) => path.dirname(photo.path)))) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw explainDiskError(folder, error);
    });
    for (const name of await readdir(folder)) files.add(path.join(folder, name));
  }
  return files;
}
