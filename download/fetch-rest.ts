import { formatSeconds } from '../console/units';
import { DownloadError, describeUrl, explainStatus } from './error';
import type { Part } from './part';
import { requestFollowing } from './request-following';
import type { RetryOptions } from './retry';

/** How `downloadFile` fetches and what the file must be. */
export interface DownloadOptions extends RetryOptions {
  /** The SHA-256 that the file must have, 64 hexadecimal digits. */
  sha256?: string;
  /** The size that the file must have, in bytes. */
  size?: number;
  /** Sent to the server of the address only, never on to where it redirects. */
  headers?: Record<string, string>;
  onProgress?(done: number, total: number | undefined): void;
  /** Time without a byte after which a connection counts as cut, in ms. Default 30,000. */
  stallTimeoutMs?: number;
}

/** What earlier answers to this download have said. */
export interface ServerFacts {
  /** The version of the file whose beginning the part holds. */
  etag?: string;
  /** Size of the whole file in bytes. */
  total?: number;
}

/**
 * Makes one request for what is missing, and appends the answer to the part.
 * @throws DownloadError `unreachable` or `busy` where another try makes sense (what arrived stays in the part)
 */
export async function fetchRest(url: string, part: Part, server: ServerFacts, options: DownloadOptions): Promise<void> {
  // Without a way to tell that the rest is of the same version, a resumed file might be half old, half new.
  if (options.sha256 === undefined && server.etag === undefined) await part.clear();
  const start = part.size();
  if (start > 0 && start === options.size) return; // an earlier process had it all
  const openHeaders: Record<string, string> = {};
  if (start > 0) openHeaders.range = `bytes=${start}-`;
  if (start > 0 && server.etag !== undefined) openHeaders['if-range'] = server.etag;

  const silence = new AbortController();
  const stallMs = options.stallTimeoutMs ?? 30_000;
  const watchdog = setTimeout(() => {
    const message = `${describeUrl(url)} sent nothing for ${formatSeconds(stallMs / 1000)}.`;
    silence.abort(new DownloadError('unreachable', message));
  }, stallMs);
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  try {
    const { response } = await requestFollowing(url, { headers: options.headers, openHeaders, signal });
    const reader = response.body?.getReader();
    try {
      if (!(await positionPart(url, response, part, server, options))) return;
      const total = options.size ?? server.total;
      options.onProgress?.(part.size(), total);
      for (;;) {
        const next = await reader?.read().catch((cause: unknown) => {
          if (cause instanceof DownloadError) throw cause;
          throw cutOff(url, part, total, cause);
        });
        if (next === undefined || next.done) break;
        watchdog.refresh();
        await part.append(next.value as Uint8Array);
        options.onProgress?.(part.size(), total);
        if (total !== undefined && part.size() > total) return; // too long: the check will say so
      }
      if (total !== undefined && part.size() < total) throw cutOff(url, part, total);
    } finally {
      await reader?.cancel().catch(() => undefined); // frees the connection of a body not read to its end
    }
  } finally {
    clearTimeout(watchdog);
  }
}

/**
 * Brings the part to where the body of this answer begins.
 * @returns false if nothing is missing
 * @throws DownloadError if the answer holds no bytes of the file
 */
async function positionPart(
  url: string,
  response: Response,
  part: Part,
  server: ServerFacts,
  expected: { size?: number },
): Promise<boolean> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers.get('content-range') ?? '');
  if (status === 200) {
    if (part.size() > 0) await part.clear();
    const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    const length = headers.get('content-length');
    server.total = encoded || length === null ? undefined : Number(length);
    server.etag = strongEtag(headers);
  } else if (status === 206 && Number(range?.[1] ?? NaN) === part.size()) {
    server.total = Number(range?.[2]);
    server.etag ??= strongEtag(headers);
  } else if (status === 416 && Number(range?.[2] ?? NaN) === part.size()) {
    return false;
  } else if (status === 206 || status === 416) {
    await part.clear();
    const message = `${describeUrl(url)} could not be resumed (HTTP ${status}).`;
    throw new DownloadError('unreachable', message);
  } else {
    throw explainStatus(url, response);
  }
  if (expected.size !== undefined && (server.total ?? expected.size) !== expected.size) {
    const message = `${describeUrl(url)} is not the expected file: expected ${expected.size} bytes, offered ${server.total}.`;
    throw new DownloadError('wrong', message);
  }
  return true;
}

function cutOff(url: string, part: Part, total?: number, cause?: unknown): DownloadError {
  const at = `${part.size()}${total === undefined ? '' : ` of ${total}`} bytes`;
  return new DownloadError('unreachable', `${describeUrl(url)} was cut off after ${at}.`, { cause });
}

/** A weak ETag promises the same meaning, not the same bytes. */
function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}
