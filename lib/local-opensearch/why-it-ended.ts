import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { megabytes } from '../download-error';
import { WorkshopError } from '../errors';
import type { LaunchedNode } from './launch';
import type { LocalOpenSearchPaths } from './paths';

/** What to do where the workshop's own OpenSearch can't run. */
export const otherOpenSearch =
  'Or use another OpenSearch: set SERVICE_URI in .env, to a trial at Aiven for instance, or to one that you run with Docker.';

const knownReasons: { sign: RegExp; meaning: string }[] = [
  {
    sign: /No space left on device|Disk quota exceeded/i,
    meaning: 'the disk is full. Free some space, then run this again.',
  },
  {
    sign: /insufficient memory|Could not reserve enough space|Cannot allocate memory|OutOfMemoryError/i,
    meaning: `there is not enough memory (${megabytes(os.freemem())} of ${megabytes(os.totalmem())} free). Close other programs or notebooks' kernels, or set OPENSEARCH_HEAP_MB to less than 512, then run this again.`,
  },
  {
    sign: /failed to obtain node locks/i,
    meaning:
      'another process uses its data. Look for a running OpenSearch (`npm run opensearch -- status`) and stop it.',
  },
];

/** The error for a node that ended while it started: the reason from its logs, where they are, what else can be done. */
export function explainEnd(paths: LocalOpenSearchPaths, node: LaunchedNode): WorkshopError {
  const [log, file] = startLog(paths);
  const reason =
    knownReasons.find(({ sign }) => sign.test(log))?.meaning ?? killed(node) ?? firstError(log);
  return new WorkshopError(
    `OpenSearch ended while it started: ${reason} Its log: ${file}. ${otherOpenSearch}`,
  );
}

/** Another process that was a little faster holds the data, so this one could not. */
export function lostTheRace(paths: LocalOpenSearchPaths): boolean {
  return /failed to obtain node locks/i.test(startLog(paths)[0]);
}

export function portWasTaken(paths: LocalOpenSearchPaths): boolean {
  return /BindHttpException|Address already in use/i.test(startLog(paths)[0]);
}

/** Both logs of this start, and the file that says more. */
function startLog(paths: LocalOpenSearchPaths): [text: string, file: string] {
  const [server, console] = [paths.log, paths.console].map((file) =>
    existsSync(file) ? readFileSync(file, 'utf8') : '',
  );
  return [`${server ?? ''}\n${console ?? ''}`, server ? paths.log : paths.console];
}

function killed({ ended }: LaunchedNode): string | undefined {
  if (ended?.signal == null) return undefined;
  return (
    `it was killed (${ended.signal}). If nobody did that, the system ran out of memory ` +
    `(${megabytes(os.freemem())} of ${megabytes(os.totalmem())} free now): close other programs, then run this again.`
  );
}

function firstError(log: string): string {
  const line = log.split('\n').find((text) => /\bERROR\b|\bError\b|Exception|FATAL/.test(text));
  return line === undefined ? 'it left no reason.' : `"${line.trim().slice(0, 300)}".`;
}
