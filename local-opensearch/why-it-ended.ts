import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { formatBytes } from '../console/units';
import { PhotoSearchError } from '../lib/errors';
import { heapFor } from './heap';
import { shellWord } from '../console/shell-word';
import type { LaunchedNode } from './launch';
import { serverVersion, type LocalOpenSearchPaths } from './paths';

/** What to do where the workshop's own OpenSearch can't run. */
export const otherOpenSearch =
  'Or use another OpenSearch: set SERVICE_URI in .env, for instance to a trial at Aiven, or to one that you run with Docker.';

const diskIsFull = 'the disk is full. Free some space, then run this again.';

const setAside =
  'Set its data aside, which deletes nothing (npm run opensearch -- set-aside), then run notebooks 1 and 2 again.';

const dataInUse = /failed to obtain node locks/i;

/** What the last words of a node look like, and what they mean; the first that fits. */
const knownReasons: [RegExp, (match: RegExpExecArray, paths: LocalOpenSearchPaths) => string][] = [
  [/No space left on device|Disk quota exceeded/i, () => diskIsFull],
  [
    /OutOfMemoryError: (?:Java heap space|GC overhead)/,
    () =>
      'its Java heap is too small for its data. Set OPENSEARCH_HEAP_MB in .env to more than it is ' +
      `(${heapFor()} if it is not set), then run this again.`,
  ],
  [
    /insufficient memory|Could not reserve enough space|Cannot allocate memory|java\.lang\.OutOfMemoryError/i,
    () =>
      `there is not enough memory (${memory()}). Close other programs or notebooks' kernels, ` +
      `or set OPENSEARCH_HEAP_MB in .env to less than it is (${heapFor()} if it is not set), then run this again.`,
  ],
  [
    /AccessDeniedException[^/\n]*(\/[^\]\n;]+)/,
    ([, file = ''], { folder }) =>
      `it is not allowed to read or write ${file}. Give the folder to yourself (sudo chown -R "$USER" ${shellWord(folder)}; ` +
      `chmod -R u+rwX ${shellWord(folder)}), then run this again.`,
  ],
  [
    dataInUse,
    () => 'another process uses its data. Look for a running OpenSearch (`npm run opensearch -- status`) and stop it.',
  ],
  [
    /Failed to bind to ([\w.:-]+)/,
    ([, ports = ''], { record }) =>
      `other programs use all the ports that it tries (${ports}). Stop one of them; or delete ${record}, ` +
      'then it takes any free port.',
  ],
  [
    /cannot (downgrade|upgrade) a node from version \[([^\]]+)\]/,
    ([, change, version = '']) =>
      `its data was written by OpenSearch ${version}, which is ${change === 'downgrade' ? 'newer than this one' : 'too old for this one'} ` +
      `(${serverVersion}). ${setAside}`,
  ],
  [
    /(?:Corrupt\w*|IndexFormatTooOld|IndexFormatTooNew|EOF|NoSuchFile|FileNotFound)Exception(?:[^\n]*?(\/[^"\])\n;]+))?/,
    ([, file], { data }) => `its data is damaged (${file ?? data}). ${setAside}`,
  ],
];

/** The error for a node that ended while it started: the reason, where its log is, what else can be done. */
export function explainEnd(paths: LocalOpenSearchPaths, node: LaunchedNode): PhotoSearchError {
  const reason = whyItDied(paths) ?? fullDisk(paths) ?? killed(node) ?? 'it gave no reason.';
  const file = readOrEmpty(paths.log) === '' ? paths.console : paths.log;
  return new PhotoSearchError(`OpenSearch ended while it started: ${reason} Its log: ${file}. ${otherOpenSearch}`);
}

/**
 * Why the node that ran last ended by itself, and what to do: from what it left in its logs. Undefined if it left
 * nothing of the kind, since it was stopped, was killed, or still runs.
 */
export function whyItDied(paths: LocalOpenSearchPaths): string | undefined {
  const words = lastWords(paths);
  if (words.length === 0) return undefined;
  const text = words.join('\n');
  for (const [sign, meaning] of knownReasons) {
    const match = sign.exec(text);
    if (match) return meaning(match, paths);
  }
  const cause = words.find((line) => line.startsWith('Likely root cause: ')) ?? words[0] ?? '';
  const said = `"${cause.replace('Likely root cause: ', '').trim().slice(0, 300)}".`;
  const index = /org\.opensearch\.index\./.test(text) ? openedLast(paths) : undefined;
  if (index === undefined) return said;
  return (
    `${said} It ended while it worked on an index, probably '${index}', which it opened last: ` +
    `move that one aside to keep the others (npm run opensearch -- set-aside ${index}).`
  );
}

/** The index that the server began to open last. It opens a few at a time. */
function openedLast({ log }: LocalOpenSearchPaths): string | undefined {
  return [...readOrEmpty(log).matchAll(/onIndexModule index:\[([^/\]]+)\//g)].at(-1)?.[1];
}

/** Another process that was a little faster holds the data, so this one could not. */
export function lostTheRace(paths: LocalOpenSearchPaths): boolean {
  return dataInUse.test(lastWords(paths).join('\n'));
}

/**
 * The lines that tell of a node's end: all that Java printed except warnings, and the server's log from the fatal error
 * on. Earlier lines, such as Java's options, mean nothing.
 */
function lastWords(paths: LocalOpenSearchPaths): string[] {
  const printed = readOrEmpty(paths.console)
    .split('\n')
    .filter((line) => line !== '' && !/^(WARNING|\[|uncaught exception in thread)/.test(line));
  const log = readOrEmpty(paths.log).split('\n');
  const fatal = log.findIndex((line) => /\[ERROR\].*UncaughtExceptionHandler\]/.test(line));
  return fatal === -1 ? printed : [...printed, ...log.slice(fatal + 1)];
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** On a full disk, no log can say so. */
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

function memory(): string {
  return `${formatBytes(os.freemem())} of ${formatBytes(os.totalmem())} free`;
}
