import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from './paths';

/** What is known of the node that runs, or ran last. */
interface NodeRecord {
  pid: number;
  /** Such as "http://127.0.0.1:43301"; absent until the node has answered. */
  url?: string;
  /** Where the node's folder was when the node was started. */
  folder?: string;
}

/** What was written last; undefined if nothing was, or nothing readable. */
export function readNodeRecord(paths: LocalOpenSearchPaths): NodeRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(paths.record, 'utf8'));
    return isNodeRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The record, if its process still is this folder's node. */
export function readLiveNode(paths: LocalOpenSearchPaths): NodeRecord | undefined {
  const record = readNodeRecord(paths);
  return record && isNodeProcess(record.pid, paths) ? record : undefined;
}

/**
 * The former place of a folder that was moved while its node ran, if that still runs: it uses the data, and looks for
 * its files there. (A copy of the folder has the record too, but that of the original's node.)
 */
export function formerPlace(paths: LocalOpenSearchPaths): LocalOpenSearchPaths | undefined {
  const record = readNodeRecord(paths);
  if (record?.folder === undefined) return undefined;
  const former = localOpenSearchPaths(record.folder);
  return !existsSync(former.record) && isNodeProcess(record.pid, former) ? former : undefined;
}

export function writeNodeRecord(paths: LocalOpenSearchPaths, record: NodeRecord): void {
  const part = `${paths.record}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify({ ...record, folder: paths.folder })}\n`);
  renameSync(part, paths.record);
}

/** The port of the node that ran last: clients that have its address find the next one there. */
export function lastPort(paths: LocalOpenSearchPaths): number | undefined {
  const url = readNodeRecord(paths)?.url;
  return url === undefined ? undefined : Number(new URL(url).port);
}

function isNodeRecord(value: unknown): value is NodeRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, url, folder = '' } = value as Partial<Record<keyof NodeRecord, unknown>>;
  if (!Number.isInteger(pid) || typeof folder !== 'string') return false;
  return url === undefined || (typeof url === 'string' && URL.canParse(url));
}

/** The option that names a node's cluster on its command line. */
export function clusterNameOption(paths: LocalOpenSearchPaths): string {
  return `-Ecluster.name=${paths.clusterName}`;
}

/**
 * Whether process `pid` is this folder's node. A process id alone does not tell: after a restart of the machine or
 * the container it soon belongs to another program.
 */
export function isNodeProcess(pid: number, paths: LocalOpenSearchPaths): boolean {
  return commandLine(pid).includes(clusterNameOption(paths));
}

/** Empty if there is no such process, or only a dead one whose parent has not asked for its end. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
