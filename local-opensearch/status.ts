import { askNode } from './ask-node';
import { readLiveNode } from './node-record';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from './paths';

/** A running node. */
export interface LocalNode {
  /** Such as "http://127.0.0.1:43301": plain http, no password, reachable from this machine only. */
  url: string;
  pid: number;
  dataDir: string;
  logFile: string;
}

/**
 * The folder's node, if one runs and answers as such.
 * @param folder default `.opensearch` in the repository
 */
export async function findLocalOpenSearch(folder?: string): Promise<LocalNode | undefined> {
  return findNode(localOpenSearchPaths(folder));
}

export async function findNode(paths: LocalOpenSearchPaths): Promise<LocalNode | undefined> {
  const record = readLiveNode(paths);
  if (record?.url === undefined) return undefined;
  const answer = await askNode(record.url, 5_000);
  const { cluster_name: name } = (answer?.body ?? {}) as { cluster_name?: unknown };
  return name === paths.clusterName ? runningNode(paths, record.pid, record.url) : undefined;
}

export function runningNode(paths: LocalOpenSearchPaths, pid: number, url: string): LocalNode {
  return { url, pid, dataDir: paths.data, logFile: paths.log };
}
