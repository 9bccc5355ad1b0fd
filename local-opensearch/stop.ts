import { setTimeout as sleep } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { formerPlace, isNodeProcess, readNodeRecord } from './node-record';
import { localOpenSearchPaths } from './paths';

const patienceMs = 30_000;

/**
 * Stops the folder's node; its data stays. One that does not end within 30 s is killed, which loses nothing that it
 * has acknowledged.
 *
 * @param folder default `.opensearch` in the repository
 * @returns whether one was running
 */
export async function stopLocalOpenSearch(folder?: string): Promise<boolean> {
  const paths = localOpenSearchPaths(folder);
  const node = readNodeRecord(paths);
  const place = formerPlace(paths) ?? paths;
  if (node === undefined || !isNodeProcess(node.pid, place)) return false;
  process.kill(node.pid, 'SIGTERM');
  const killAt = performance.now() + patienceMs;
  while (isNodeProcess(node.pid, place) && performance.now() < killAt) await sleep(25);
  if (isNodeProcess(node.pid, place)) process.kill(node.pid, 'SIGKILL');
  while (isNodeProcess(node.pid, place)) await sleep(25);
  return true;
}

/**
 * Stops the folder's node and deletes its data and logs; the unpacked server stays.
 * @param folder default `.opensearch` in the repository
 * @returns whether a node was running
 */
export async function wipeLocalOpenSearch(folder?: string): Promise<boolean> {
  const stopped = await stopLocalOpenSearch(folder);
  await rm(localOpenSearchPaths(folder).node, { recursive: true, force: true });
  return stopped;
}
