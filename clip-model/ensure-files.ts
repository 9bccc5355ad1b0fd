import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { downloadFile } from '../download/download-file';
import { DownloadError, explainDiskError, hasProblem } from '../download/error';
import { withFileLock } from '../download/file-lock';
import { isIntact, keepAbsence, keepReceipt } from './receipts';
import type { ModelPath } from './model-paths';
import { pinnedFile } from './default-model';
import { askHub, hubAddress, hubHeaders, withHubAdvice, type HubSettings } from './ask-hub';
import type { HubModel } from './parse-model-name';
import { showNotice, type Notice } from '../console/notice';
import { createProgress, type Progress } from '../console/progress';

/** The settings that say where models come from and where they are kept. */
export interface ModelSettings extends HubSettings {
  /** An absolute path. */
  modelCache: string;
}

/** How long a reader waits for a model, and how the wait is ended. */
export interface FetchOptions {
  /** Longest wait for a busy hub, in ms. */
  patienceMs?: number;
  /** Ends the wait and the download. */
  signal?: AbortSignal;
}

/** The folder of the cache for a model at a commit: the hub's layout, which transformers.js loads as it is. */
export function cacheFolder(model: HubModel, { modelCache }: Pick<ModelSettings, 'modelCache'>): string {
  return path.join(modelCache, ...model.id.split('/'), model.revision);
}

/** Those of `paths` that are not in the cache, or no longer what was downloaded. */
export async function missingFiles(
  model: HubModel,
  paths: ModelPath[],
  settings: Pick<ModelSettings, 'modelCache'>,
): Promise<ModelPath[]> {
  const folder = cacheFolder(model, settings);
  const missing: ModelPath[] = [];
  for (const wanted of paths) {
    const pinned = pinnedFile(model, wanted.path)?.sha256;
    if (!(await isIntact(folder, wanted.path, pinned))) missing.push(wanted);
  }
  return missing;
}

/**
 * Sees to it that these files of a model are in the cache, whole and right; fetches those that are not, with a
 * progress bar for each. With all there, it makes no request. Of several processes one downloads, the others wait.
 *
 * @param model at a commit, not at a branch
 * @throws DownloadError saying what to do; the signal's reason once that is aborted
 */
export async function ensureFiles(
  model: HubModel,
  paths: ModelPath[],
  settings: ModelSettings,
  options: FetchOptions = {},
): Promise<void> {
  if ((await missingFiles(model, paths, settings)).length === 0) return;
  const folder = cacheFolder(model, settings);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainDiskError(folder, error);
  });
  const onWait = () => {
    showNotice('Another notebook or command is downloading this model: waiting for it.', fetched);
  };
  const fetchMissing = async () => {
    for (const wanted of await missingFiles(model, paths, settings)) {
      const display = showTransfer(`${model.id} ${wanted.path}`);
      try {
        await fetchFile(model, wanted, folder, settings, { ...options, ...display });
      } finally {
        display.finish();
      }
    }
  };
  const fetched: Promise<void> = withFileLock(path.join(folder, '.lock'), fetchMissing, {
    onWait,
    signal: options.signal,
  });
  await fetched;
}

async function fetchFile(
  model: HubModel,
  { path: name, optional }: ModelPath,
  folder: string,
  settings: ModelSettings,
  options: FetchOptions & TransferDisplay,
): Promise<void> {
  const file = path.join(folder, name);
  const { onNotice, onProgress, patienceMs, signal } = options;
  try {
    if (existsSync(file)) onNotice(`${file} is not known to be the file that the hub has: downloading it.`);
    const patient = { onNotice, patienceMs, signal };
    const expected = pinnedFile(model, name) ?? (await askHub(model, name, settings, patient));
    const { sha256 } = await downloadFile(hubAddress(model, name, settings), file, {
      sha256: expected.sha256,
      size: expected.size,
      headers: hubHeaders(settings),
      onNotice,
      onProgress,
      patienceMs,
      signal,
    }).catch((error: unknown) => {
      throw withHubAdvice(error, model, settings);
    });
    if (name.endsWith('.json')) await requireJson(file, hubAddress(model, name, settings));
    await keepReceipt(folder, name, sha256);
  } catch (error) {
    if (!optional || !hasProblem(error, 'missing')) throw error;
    await keepAbsence(folder, name);
  }
}

/** The hub gives no SHA-256 for small files: a network's log-in page might pass for one. */
async function requireJson(file: string, url: string): Promise<void> {
  try {
    JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    await rm(file, { force: true });
    const message =
      `${new URL(url).host} sent ${path.basename(file)} as something other than JSON: does a log-in page of this ` +
      'network answer instead? Open any web page in a browser, then run this again.';
    throw new DownloadError('wrong', message, { cause });
  }
}

/** What a download tells its reader. */
interface TransferDisplay {
  onProgress: (done: number, total: number | undefined) => void;
  onNotice: Notice;
  finish: () => void;
}

// A bar for each of five files of a few kilobytes would only be noise.
const worthShowing = 1_000_000;

/** A progress bar for one file, if it is large enough to be worth one; what goes wrong is told in a line of its own. */
function showTransfer(label: string): TransferDisplay {
  let bar: Progress | undefined;
  return {
    onProgress(done, total) {
      if ((total ?? done) < worthShowing) return;
      bar ??= createProgress({ label, unit: 'bytes', total });
      bar.update(done);
    },
    onNotice(sentence, until) {
      bar?.finish();
      bar = undefined;
      showNotice(sentence, until);
    },
    finish() {
      bar?.finish();
      bar = undefined;
    },
  };
}
