import { accessSync, chmodSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { PhotoSearchError } from '../lib/errors';
import { withFileLock } from '../download/file-lock';
import { heapFor } from './heap';
import { shellWord } from '../console/shell-word';
import { findJava } from './find-java';
import { launchNode } from './launch';
import { formerPlace, lastPort, readLiveNode } from './node-record';
import { localOpenSearchPaths, serverVersion, type LocalOpenSearchPaths } from './paths';
import { findNode, type LocalNode } from './status';
import { stopLocalOpenSearch } from './stop';
import { waitUntilReady } from './wait-until-ready';
import { lostTheRace, otherOpenSearch } from './why-it-ended';

export type { LocalNode } from './status';

export interface StartOptions {
  /** Where the node's data goes; default `.opensearch` in the repository. Each folder has a node of its own. */
  folder?: string;
  /** The unpacked server; default the one in `folder`. */
  server?: string;
  /** Java's heap in MiB; default OPENSEARCH_HEAP_MB of the environment, else see `heapFor`. */
  heapMb?: number;
  /** Further options for Java; with any, the archive of classes is not used. */
  javaOptions?: string[];
  /** Told the seconds waited so far, once a second. */
  onWait?: (seconds: number) => void;
}

/**
 * Starts the workshop's own OpenSearch, or finds it running: however many processes ask at once, one node starts.
 * It listens on 127.0.0.1 only, outlives the caller, and keeps its data when it is stopped or killed.
 *
 * @returns when the node has its indices back and answers: at once if it runs, else after 4 to 20 s. An index that it
 *   can't open does not stop it: see `brokenIndexes`
 * @throws PhotoSearchError if it is not installed or can't start, with the reason and the alternatives
 */
export async function startLocalOpenSearch(options: StartOptions = {}): Promise<LocalNode> {
  const heapMb = heapFor(options.heapMb ?? (process.env.OPENSEARCH_HEAP_MB?.trim() || undefined));
  const paths = localOpenSearchPaths(options.folder, options.server);
  const running = await findNode(paths);
  if (running !== undefined) return running;
  requireServer(paths);
  prepareFolder(paths);
  return withFileLock(paths.startLock, async () => {
    return (await findNode(paths)) ?? (await bringUp(paths, { ...options, heapMb }));
  });
}

async function bringUp(
  paths: LocalOpenSearchPaths,
  { heapMb, javaOptions = [], onWait }: StartOptions & { heapMb: number },
): Promise<LocalNode> {
  // Whoever started this one was killed before it was ready.
  const starting = readLiveNode(paths);
  if (starting !== undefined) return waitUntilReady(paths, starting, onWait);
  if (formerPlace(paths) !== undefined) await stopLocalOpenSearch(paths.folder);

  const java = await findJava();
  const node = launchNode(paths, java, { heapMb, firstPort: lastPort(paths), javaOptions });
  try {
    return await waitUntilReady(paths, node, onWait);
  } catch (error) {
    // Only where the lock was broken, see file-lock.ts: the data has a lock of its own.
    const other = lostTheRace(paths) ? await findNode(paths) : undefined;
    if (other !== undefined) return other;
    throw error;
  }
}

/** @throws PhotoSearchError if set-up has not unpacked the server */
function requireServer({ server }: LocalOpenSearchPaths): void {
  if (existsSync(path.join(server, 'lib')) && existsSync(path.join(server, 'plugins'))) return;
  throw new PhotoSearchError(
    `OpenSearch ${serverVersion} is not installed (no ${server}): run \`node tools/setup.mjs\`. ${otherOpenSearch}`,
  );
}

/** Makes the node's folder, private to this user. */
function prepareFolder({ folder, node }: LocalOpenSearchPaths): void {
  try {
    mkdirSync(node, { recursive: true, mode: 0o700 });
    accessSync(node, constants.R_OK | constants.W_OK | constants.X_OK);
    chmodSync(node, 0o700);
  } catch (cause) {
    throw new PhotoSearchError(
      `OpenSearch can't write to ${node}: the folder belongs to another user, or the disk is read-only. ` +
        `Give it to yourself (sudo chown -R "$USER" ${shellWord(folder)}), then run this again.`,
      { cause },
    );
  }
  const { bavail, bsize } = statfsSync(node);
  const free = bavail * bsize;
  if (free >= 100e6) return;
  throw new PhotoSearchError(
    `OpenSearch can't start: the disk of ${node} has ${Math.round(free / 1e6)} MB left, and it needs 100. ` +
      `Free some space, then run this again. ${otherOpenSearch}`,
  );
}
