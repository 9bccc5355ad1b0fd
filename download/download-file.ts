import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../console/units';
import { DownloadError, hasProblem, describeUrl, explainDiskError } from './error';
import { type DownloadOptions, fetchRest, type ServerFacts } from './fetch-rest';
import { openPart, type Part } from './part';
import { retrying } from './retry';

// A mirror that is out of date, or a network's log-in page, stays wrong however often one asks.
const wrongTries = 3;

/**
 * Fetches `url` into `file`. Bytes go to a part beside it, which takes the name `file` only when it is whole and
 * right (size and SHA-256 as far as given). A connection that is cut or falls silent is resumed with `Range`;
 * a busy server is waited out. What arrived before a kill, an abort or a failure is used by the next call if `sha256`
 * is given. An existing `file` is replaced; whether that is needed, and that only one of several processes fetches it,
 * is up to the caller (`withFileLock`).
 *
 * @returns size and SHA-256 of the file
 * @throws DownloadError with host and path, what was wrong with which values, and what to do
 * @throws the signal's reason after an abort
 */
export async function downloadFile(
  url: string,
  file: string,
  options: DownloadOptions = {},
): Promise<{ size: number; sha256: string }> {
  options.signal?.throwIfAborted();
  const server: ServerFacts = {};
  let part: Part | undefined;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    part = await openPart(file, { adopt: options.sha256 !== undefined });
    await requireSpace(file, (options.size ?? 0) - part.size());
    await fetchWhole(url, part, server, options);
    await part.finish();
    return { size: part.size(), sha256: part.sha256() };
  } catch (error) {
    const passing = options.signal?.aborted || hasProblem(error, 'unreachable') || hasProblem(error, 'busy');
    if (passing && options.sha256 !== undefined && part?.size()) await part.keepForLater();
    else await part?.discard();
    options.signal?.throwIfAborted();
    throw explainDiskError(file, error, options.size ?? server.total);
  }
}

/** Tries until the part is whole and right, or no further try makes sense. */
async function fetchWhole(url: string, part: Part, server: ServerFacts, options: DownloadOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await retrying(
        () => fetchRest(url, part, server, options),
        options,
        () => part.size(),
      );
      checkContent(url, part, options);
      return;
    } catch (error) {
      if (!hasProblem(error, 'wrong')) throw error;
      await part.clear();
      if (tries === wrongTries) throw stillWrong(error);
      options.onNotice?.(`${error.message} Downloading it again.`);
    }
  }
}

/** @throws DownloadError `wrong` naming what was expected and what was found */
function checkContent(url: string, part: Part, expected: DownloadOptions): void {
  const complain = (what: string, wanted: string | number, found: string | number) => {
    const message = `${describeUrl(url)} is damaged: expected ${what} ${wanted}, found ${found}.`;
    return new DownloadError('wrong', message);
  };
  if (expected.size !== undefined && part.size() !== expected.size) {
    throw complain('a size in bytes of', expected.size, part.size());
  }
  if (expected.sha256 !== undefined && part.sha256() !== expected.sha256.toLowerCase()) {
    throw complain('SHA-256', expected.sha256, part.sha256());
  }
}

function stillWrong(error: DownloadError): DownloadError {
  const advice =
    `Downloaded ${wrongTries} times, wrong each time. A proxy or a network's log-in page may be answering ` +
    `instead of the server: try another network, or try later.`;
  return new DownloadError('wrong', `${error.message} ${advice}`, { cause: error });
}

/** @throws DownloadError `disk` before a download that the disk has no room for */
async function requireSpace(file: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(file));
  if (bavail * bsize >= bytes) return;
  throw new DownloadError(
    'disk',
    `The disk is too full for ${file}: it needs ${bytes} bytes (${formatBytes(bytes)}), ` +
      `${formatBytes(bavail * bsize)} are free. Free some space, then run this again.`,
  );
}
