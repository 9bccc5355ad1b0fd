import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { megabytes } from '../download/error';
import { WorkshopError } from '../errors';
import type { LaunchedNode } from './launch';
import type { LocalOpenSearchPaths } from './paths';

/** What to do where the workshop's own OpenSearch can't run. */
export const otherOpenSearch =
  'Or use another OpenSearch: set SERVICE_URI in .env, to a trial at Aiven for instance, or to one that you run with Docker.';

const diskIsFull = 'the disk is full. Free some space, then run this again.';

const dataInUse = /failed to obtain node locks/i;

const knownReasons: { sign: RegExp; meaning: () => string }[] = [
  {
    sign: /No space left on device|Disk quota exceeded/i,
    meaning: () => diskIsFull,
  },
  {
    sign: /insufficient memory|Could not reserve enough space|Cannot allocate memory|OutOfMemoryError/i,
    meaning: () =>
      `there is not enough memory (${memory()}). Close other programs or notebooks' kernels, ` +
      'or set OPENSEARCH_HEAP_MB to less than 512, then run this again.',
  },
  {
    sign: dataInUse,
    meaning: () =>
      'another process uses its data. Look for a running OpenSearch (`npm run opensearch -- status`) and stop it.',
  },
];

/** The error for a node that ended while it started: the reason, where its log is, what else can be done. */
export function explainEnd(paths: LocalOpenSearchPaths, node: LaunchedNode): WorkshopError {
  const log = readLogs(paths);
  const known = knownReasons.find(({ sign }) => sign.test(log.server + log.console));
  const reason = known?.meaning() ?? fullDisk(paths) ?? killed(node) ?? firstError(log);
  const file = log.server === '' ? paths.console : paths.log;
  return new WorkshopError(
    `OpenSearch ended while it started: ${reason} Its log: ${file}. ${otherOpenSearch}`,
  );
}

/** Another process that was a little faster holds the data, so this one could not. */
export function lostTheRace(paths: LocalOpenSearchPaths): boolean {
  return dataInUse.test(readLogs(paths).server);
}

interface Logs {
  /** The server's own; empty if Java did not get that far. */
  server: string;
  /** What Java printed. */
  console: string;
}

function readLogs(paths: LocalOpenSearchPaths): Logs {
  return { server: readOrEmpty(paths.log), console: readOrEmpty(paths.console) };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A full disk takes no log that would say so. */
function fullDisk({ folder }: LocalOpenSearchPaths): string | undefined {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < 5e6 ? diskIsFull : undefined;
}

function killed({ ended }: LaunchedNode): string | undefined {
  if (ended?.signal == null) return undefined;
  return (
    `it was killed (${ended.signal}). If nobody did that, the system ran out of memory ` +
    `(${memory()}): close other programs, then run this again.`
  );
}

function firstError({ server, console }: Logs): string {
  const line =
    server.split('\n').find((text) => /\bERROR\b|Exception/.test(text)) ??
    console.split('\n').find((text) => text !== '' && !/^(WARNING|\[)/.test(text));
  return line === undefined ? 'it left no reason.' : `"${line.trim().slice(0, 300)}".`;
}

function memory(): string {
  return `${megabytes(os.freemem())} of ${megabytes(os.totalmem())} free`;
}
