import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { formatSeconds } from '../../console/units';
import { DownloadError, describeUrl, explainStatus } from '../../download/error';
import { requestFollowing } from '../../download/request';

/** A file in a tar archive. */
export interface TarFile {
  /** As the archive has it: nothing to write to, since it may hold `../`. */
  name: string;
  content: Buffer;
}

export interface ArchiveOptions {
  headers?: Record<string, string>;
  /** Files larger than this are passed over, in bytes. */
  largest: number;
  /** Called for each file as soon as it is whole, and waited for. */
  onFile: (file: TarFile) => Promise<void>;
  /** Time without a byte after which the connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Fetches a `.tar.gz` once and hands out its files while they arrive; nothing of it is kept.
 *
 * @throws DownloadError, `unreachable` where the archive was cut off; whatever `onFile` throws
 * @throws the signal's reason after an abort
 */
export async function fetchArchive(url: string, options: ArchiveOptions): Promise<void> {
  const { largest, onFile, stallTimeoutMs = 30_000 } = options;
  const silence = new AbortController();
  const watchdog = setTimeout(() => {
    const message = `${describeUrl(url)} sent nothing for ${formatSeconds(stallTimeoutMs / 1000)}.`;
    silence.abort(new DownloadError('unreachable', message));
  }, stallTimeoutMs);
  const signal = AbortSignal.any([silence.signal, ...(options.signal ? [options.signal] : [])]);
  /** What `onFile` threw is not the download's fault. */
  let refused: unknown;
  try {
    const { response } = await requestFollowing(url, { headers: options.headers, signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw explainStatus(url, response);
    }
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    const archive = extract();
    const unpacking = pipeline(
      body,
      async function* (packed: AsyncIterable<Uint8Array>) {
        for await (const piece of packed) {
          watchdog.refresh();
          yield piece;
        }
      },
      createGunzip(),
      archive,
      { signal },
    );
    unpacking.catch(() => undefined); // the archive's entries end with the same error
    for await (const entry of archive) {
      const { name, type, size } = entry.header;
      if (type !== 'file' || size > largest) {
        entry.resume();
        continue;
      }
      const content = await buffer(entry);
      await onFile({ name, content }).catch((error: unknown) => {
        refused = error;
        throw error;
      });
    }
    await unpacking;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    if (refused !== undefined || error instanceof DownloadError) throw error;
    throw explainArchive(url, error);
  } finally {
    clearTimeout(watchdog);
  }
}

/** What kept an archive from being read to its end. */
function explainArchive(url: string, error: unknown): DownloadError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_DATA_ERROR' || /^(Invalid tar|Unexpected end of data)/.test((error as Error).message)) {
    const message = `${describeUrl(url)} sent a damaged archive.`;
    return new DownloadError('wrong', message, { cause: error });
  }
  const message = `${describeUrl(url)} was cut off before its end.`;
  return new DownloadError('unreachable', message, { cause: error });
}
