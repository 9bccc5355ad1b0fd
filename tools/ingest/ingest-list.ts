import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import { DownloadError, describeUrl, explainDiskError } from '../../download/error';
import { writeWhole } from '../../download/write-whole';
import type { Clip } from '../../lib/clip';
import { mapAhead } from '../../lib/photo/map-ahead';
import { photoProblem } from '../../lib/photo/photo-problem';
import type { SkippedPhoto } from '../../lib/photos';
import { isStored, readStoredPhotos } from '../../lib/opensearch/stored-photos';
import { UploadError, uploadPhotos, type UploadProgress, type UploadReport } from '../../lib/upload';
import type { FetchBytes } from './fetch-bytes';
import { photoJpeg, scaledAddress, widthFor } from './photo-jpeg';
import type { ListedPhoto } from './photo-list';

interface IngestListOptions {
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
 * Fetches the photos that are not in the index yet, into the photos folder, and uploads them as they arrive. What a
 * killed run has fetched is not fetched again.
 *
 * @throws what `uploadPhotos` throws
 */
export async function ingestList(
  client: Client,
  { photos, fetchBytes, keep, progress, ...upload }: IngestListOptions,
): Promise<UploadReport> {
  const { index, clip, limitPixels, signal } = upload;
  const stored = await readStoredPhotos(client, index, clip.identity);
  const missing = photos.filter((photo) => {
    const before = stored.get(photo.id);
    return !isStored(before, photo, before?.sha256 ?? '');
  });
  const unchanged = photos.length - missing.length;
  const width = keep ? undefined : widthFor(clip.input.crop.width);
  const onDisk = await makeFolders(missing);
  const skipped: SkippedPhoto[] = [];
  let [uploaded, fetched] = [0, 0];
  const show = (note = `${fetched} fetched`) => {
    progress.update(unchanged + skipped.length + uploaded, note);
  };
  show();

  async function* arriving(): AsyncGenerator<ListedPhoto, void, undefined> {
    const fetching = async (photo: ListedPhoto) => ({ photo, reason: await fetchPhoto(photo) });
    for await (const { photo, reason } of mapAhead(missing, fetching, { ahead: mostAhead, signal })) {
      if (reason === undefined) yield photo;
      else skipped.push({ imageUrl: photo.imageUrl, reason });
      show();
    }
  }

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

  const uploadProgress: UploadProgress = {
    update(done, note) {
      uploaded = done;
      show(note);
    },
    finish: () => undefined,
  };
  /** What can't be read is fetched again by the next run. */
  async function complete(report: UploadReport): Promise<UploadReport> {
    const unreadable = new Set(report.skipped.map(({ imageUrl }) => imageUrl));
    for (const photo of missing) if (unreadable.has(photo.imageUrl)) await rm(photo.path, { force: true });
    return { ...report, unchanged: unchanged + report.unchanged, skipped: [...skipped, ...report.skipped] };
  }

  try {
    const report = await uploadPhotos(client, { ...upload, photos: arriving(), progress: uploadProgress });
    progress.finish(`${fetched} fetched`);
    return await complete(report);
  } catch (error) {
    progress.finish('stopped');
    throw error instanceof UploadError ? new UploadError(error.message, await complete(error.report)) : error;
  }
}

/** A host that asks to wait keeps this many photos of others from being fetched before its own. */
const mostAhead = 100;

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
