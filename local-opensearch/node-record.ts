import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isNodeProcess } from './node-process';
import type { LocalOpenSearchPaths } from './paths';

/** What is known of the node that runs, or ran last. */
export interface NodeRecord {
  pid: number;
  /** Such as "http://127.0.0.1:43301"; absent until the node has answered. */
  url?: string;
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

export function writeNodeRecord(paths: LocalOpenSearchPaths, record: NodeRecord): void {
  const part = `${paths.record}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify(record)}\n`);
  renameSync(part, paths.record);
}

/** The port of the node that ran last: clients that have its address find the next one there. */
export function lastPort(paths: LocalOpenSearchPaths): number | undefined {
  const url = readNodeRecord(paths)?.url;
  return url === undefined ? undefined : Number(new URL(url).port);
}

function isNodeRecord(value: unknown): value is NodeRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, url } = value as Partial<Record<keyof NodeRecord, unknown>>;
  return Number.isInteger(pid) && (url === undefined || (typeof url === 'string' && URL.canParse(url)));
}
