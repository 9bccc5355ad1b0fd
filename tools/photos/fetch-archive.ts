import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { formatSeconds } from '../../console/units';
import { DownloadError, describeUrl, explainStatus } from '../../download/error';
import { requestFollowing } from '../../download/request-following';

/** A file in a tar archive. */
interface TarFile {
  /** As the archive has it: nothing to write to, since it may hold `../`. */
  name: string;
  content: Buffer;
}

interface ArchiveOptions {
  /** Files larger than this are passed over, in bytes. */
  largest: number;
  /** Time without a byte after which the connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Fetches a `.tar.gz` once and hands out its files, each as soon as it is whole; nothing of it is kept.
 *
 * @throws DownloadError, `unreachable` where the archive was cut off; the signal's reason after an abort
 */
export async function* fetchArchive(
  url: string,
  { largest, stallTimeoutMs = 30_000, ...options }: ArchiveOptions,
): AsyncGenerator<TarFile, void, undefined> {
  const silence = new AbortController();
  const watchdog = setTimeout(() => {
    const message = `${describeUrl(url)} sent nothing for ${formatSeconds(stallTimeoutMs / 1000)}.`;
    silence.abort(new DownloadError('unreachable', message));
  }, stallTimeoutMs);
  const signal = AbortSignal.any([silence.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const { response } = await requestFollowing(url, { signal });
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
      yield { name, content: await buffer(entry) };
    }
    await unpacking;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error instanceof DownloadError ? error : explainArchive(url, error);
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
