import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { mapAhead } from '../../lib/photo/map-ahead';
import { downloadFile } from '../../download/download-file';
import { DownloadError, explainDiskError, hasProblem } from '../../download/error';
import { retrying } from '../../download/retry';
import { withFileLock } from '../../download/file-lock';
import { creditsFile } from '../../lib/photo/photo-credits';
import { hashFile } from '../../lib/photos';
import { writeWhole } from '../../download/write-whole';
import type { Notice } from '../../console/notice';
import type { Progress } from '../../console/progress';
import { fetchArchive } from './fetch-archive';
import { writeCredits } from './credits';
import type { OriginalPhoto, OriginalPhotos } from './original-photos';

export interface FetchPhotosOptions {
  /** `https://github.com`, or a mirror that has its paths. */
  endpoint: string;
  /** Counts bytes. */
  progress: Progress;
  /** A sentence for the reader about what goes wrong and is tried again. */
  onNotice: Notice;
  signal?: AbortSignal;
  /** The first pause before a further try, in ms. Default 1,000. */
  firstPauseMs?: number;
  /** Time without a byte after which a connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
}

/**
 * Makes sure that all photos of `list` lie in `folder`, each with the right SHA-256, and their credits beside them.
 *
 * They come as one archive, a single request: GitHub limits requests per address, and a class shares one. Each photo
 * is kept as soon as it is whole. What is still missing then (the connection was cut, a photo was damaged) comes one
 * by one; so does at most a quarter that a run before had left. With all there, no request is made.
 *
 * @returns how many were fetched
 * @throws DownloadError saying what to do; what arrived by then stays, and where nothing did, no new folder is left
 * @throws the signal's reason after an abort
 */
export async function fetchPhotos(list: OriginalPhotos, folder: string, options: FetchPhotosOptions): Promise<number> {
  const { onNotice, progress, signal } = options;
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainDiskError(folder, error);
  });
  const onWait = () => {
    onNotice('Another command is fetching these photos: waiting for it.');
  };
  const work = async () => {
    await removeParts(folder, list.photos);
    await writeCredits(folder, list.photos);
    const missing = await missingPhotos(folder, list.photos, signal);
    const before = missing.size;
    const show = () => {
      const left = [...missing.values()];
      const bytes = (photos: OriginalPhoto[]) => photos.reduce((sum, { size }) => sum + size, 0);
      const note = `${list.photos.length - left.length} of ${list.photos.length} photos`;
      progress.update(bytes(list.photos) - bytes(left), note);
    };
    show();
    const arrived = (photo: OriginalPhoto) => {
      missing.delete(photo.name);
      show();
    };
    const fetching = { ...options, list, folder, missing, arrived };
    if (missing.size > list.photos.length / 4) await fetchTogether(fetching);
    await fetchSingly(fetching);
    return before;
  };
  try {
    return await withFileLock(path.join(folder, '.lock'), work, { onWait, signal });
  } catch (error) {
    if (made !== undefined) await removeIfNothingCame(folder, made);
    throw error;
  }
}

/** @param made the topmost folder above `folder`, or itself, that this run has made */
async function removeIfNothingCame(folder: string, made: string): Promise<void> {
  if ((await readdir(folder)).some((name) => name !== creditsFile)) return;
  await rm(path.join(folder, creditsFile), { force: true });
  for (let empty = folder; empty.length >= made.length; empty = path.dirname(empty)) {
    await rmdir(empty);
  }
}

/** Those of `photos` that are not in `folder`, or are damaged there, by name. */
async function missingPhotos(
  folder: string,
  photos: readonly OriginalPhoto[],
  signal: AbortSignal | undefined,
): Promise<Map<string, OriginalPhoto>> {
  const missing = new Map<string, OriginalPhoto>();
  for (const photo of photos) {
    const there = await hashFile(path.join(folder, photo.name), signal).catch(() => undefined);
    signal?.throwIfAborted();
    if (there?.sha256 !== photo.sha256) missing.set(photo.name, photo);
  }
  return missing;
}

interface Fetching extends FetchPhotosOptions {
  list: OriginalPhotos;
  folder: string;
  /** By their names. */
  missing: ReadonlyMap<string, OriginalPhoto>;
  /** Removes a photo that is whole from them. */
  arrived: (photo: OriginalPhoto) => void;
}

/** One archive of the whole repository. Names in it are only compared with those that are missing, never used. */
async function fetchTogether({ list, folder, missing, arrived, ...options }: Fetching): Promise<void> {
  const { endpoint, onNotice, signal, firstPauseMs, stallTimeoutMs } = options;
  const begunWith = missing.size;
  const url = `${endpoint}/${list.repository}/archive/${list.commit}.tar.gz`;
  const largest = Math.max(...[...missing.values()].map(({ size }) => size));
  const attempt = async () => {
    for await (const file of fetchArchive(url, { largest, stallTimeoutMs, signal })) {
      const [, parent, name = ''] = /([^/]*)\/([^/]*)$/.exec(file.name) ?? [];
      const photo = parent === list.folder ? missing.get(name) : undefined;
      if (!photo || createHash('sha256').update(file.content).digest('hex') !== photo.sha256) continue;
      await writeWhole(path.join(folder, photo.name), file.content);
      arrived(photo);
    }
  };
  const patience = { retries: 3, firstPauseMs, onNotice, signal };
  try {
    await retrying(attempt, patience, () => begunWith - missing.size);
  } catch (error) {
    // A connection that is always cut at the same place still brings single photos.
    const begun = missing.size < begunWith;
    const mayComeSingly = hasProblem(error, 'wrong') || hasProblem(error, 'missing');
    if (!mayComeSingly && !(begun && hasProblem(error, 'unreachable'))) throw withAdvice(error);
    onNotice(`${error.message} Fetching the other ${missing.size} photos one by one.`);
  }
}

/** Four at a time: GitHub allows programs no more. */
async function fetchSingly({ list, folder, missing, arrived, ...options }: Fetching): Promise<void> {
  const { endpoint, onNotice, signal, firstPauseMs, stallTimeoutMs } = options;
  const { repository, commit, folder: source } = list;
  const fetchOne = async (photo: OriginalPhoto) => {
    const { name, size, sha256 } = photo;
    const url = `${endpoint}/${repository}/raw/${commit}/${source}/${name}`;
    const file = path.join(folder, name);
    const request = { size, sha256, onNotice, signal, firstPauseMs, stallTimeoutMs };
    await downloadFile(url, file, request).catch((error: unknown) => {
      throw withAdvice(error);
    });
    arrived(photo);
  };
  const fetched = mapAhead([...missing.values()], fetchOne, { ahead: 4, signal });
  while (!(await fetched.next()).done);
}

/** What helps with GitHub in particular. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof DownloadError)) return error;
  const kept = 'What has arrived stays, and the next run continues from there.';
  const advice: Partial<Record<DownloadError['problem'], string>> = {
    busy:
      'GitHub limits requests per address, and in a class many people share one: wait half an hour, or let one person fetch the ' +
      `photos and share the folder. ${kept}`,
    refused: 'Does this network block GitHub? GITHUB_ENDPOINT can name a mirror of it.',
    unreachable: `GITHUB_ENDPOINT can name a mirror of GitHub. ${kept}`,
    missing: 'Is the repository still there? You can also use the photos that came with this workshop.',
  };
  const extra = advice[error.problem];
  if (extra === undefined) return error;
  return new DownloadError(error.problem, `${error.message} ${extra}`, { cause: error });
}

/** What a killed run has left half-written; the lock says that no other run is at work. */
async function removeParts(folder: string, photos: readonly OriginalPhoto[]): Promise<void> {
  const names = new Set(photos.map(({ name }) => name));
  for (const name of await readdir(folder)) {
    const [, whole = ''] = /^\.?(.+?\.jpg)[-.][\w.-]+\.part$/.exec(name) ?? [];
    if (names.has(whole)) await rm(path.join(folder, name), { force: true });
  }
}
