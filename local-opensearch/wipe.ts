import { rm } from 'node:fs/promises';
import { localOpenSearchPaths } from './paths';
import { stopLocalOpenSearch } from './stop';

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
