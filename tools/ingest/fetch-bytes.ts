import pLimit, { type LimitFunction } from 'p-limit';
import { formatBytes, formatSeconds } from '../../console/units';
import { DownloadError, describeUrl, explainStatus, hasProblem } from '../../download/error';
import { pause } from '../../download/pause';
import { requestFollowing } from '../../download/request-following';
import { retrying } from '../../download/retry';
import { publicFetch } from './public-fetch';

interface FetchBytesOptions {
  /** Most requests to one host at a time. */
  perHost: number;
  /** Hosts that need not be on the public internet, see `publicFetch`. */
  allowPrivate: readonly string[];
  /** The largest file, in bytes. Default 50 million. */
  mostBytes?: number;
  /** The longest time for one answer, from the request to its last byte, in ms. Default 60,000. */
  timeoutMs?: number;
  /** See `retrying`. */
  firstPauseMs?: number;
  signal: AbortSignal;
}

type Use<Result> = (bytes: Buffer) => Promise<Result>;

/** Fetches and uses what is under an address. No more than eight answers are in memory until they have been used. */
export type FetchBytes = <Result>(address: string, use: Use<Result>) => Promise<Result>;

const mostAtOnce = 8;

interface Host {
  limit: LimitFunction;
  /** No request before this time, in ms since 1970: the host has asked for a pause. */
  notBefore: number;
  /** Photos in a row that it did not send although each was asked for several times. */
  failures: number;
}

/** The longest time that a host may ask to stay away, in ms. */
const patienceMs = 600_000;

/** A host that fails this often in a row is gone, or the network is. */
const mostFailures = 20;

/**
 * Makes the function that fetches what is under an address, and is polite to each host: few requests at a time, and
 * where one is answered with `Retry-After`, none before that.
 *
 * It throws DownloadError, saying what is wrong with which address; the signal's reason after an abort; what `use` throws.
 */
export function bytesFetcher(options: FetchBytesOptions): FetchBytes {
  const { perHost, firstPauseMs, signal } = options;
  const fetchFrom = publicFetch(options.allowPrivate);
  const hosts = new Map<string, Host>();
  const together = pLimit(mostAtOnce);

  async function attempt<Result>(address: string, use: Use<Result>, host: Host): Promise<Result> {
    const retryAfterMs = host.notBefore - Date.now();
    if (retryAfterMs > patienceMs) {
      const details = { retryAfterMs: Math.ceil(retryAfterMs / 60_000) * 60_000 }; // one reason for many photos
      throw new DownloadError('busy', `${new URL(address).host} accepts no requests at the moment.`, details);
    }
    if (retryAfterMs > 0) await pause(retryAfterMs, signal);
    try {
      return await together(async () => use(await fetchOnce(address, fetchFrom, options)));
    } catch (error) {
      const asked = error instanceof DownloadError ? error.details.retryAfterMs : undefined;
      host.notBefore = Math.max(host.notBefore, Date.now() + (asked ?? 0));
      throw error;
    }
  }

  return async (address, use) => {
    const { host: name } = new URL(address);
    const host = hosts.get(name) ?? { limit: pLimit(perHost), notBefore: 0, failures: 0 };
    hosts.set(name, host);
    return host.limit(async () => {
      if (host.failures >= mostFailures) {
        const message = `${name} failed ${mostFailures} times in a row, and is not asked again in this run.`;
        throw new DownloadError('unreachable', message);
      }
      try {
        const result = await retrying(() => attempt(address, use, host), { patienceMs, firstPauseMs, signal });
        host.failures = 0;
        return result;
      } catch (error) {
        // A host that asks for a longer pause is not asked again anyway.
        const failed = hasProblem(error, 'busy') && host.notBefore - Date.now() <= patienceMs;
        host.failures = failed || hasProblem(error, 'unreachable') ? host.failures + 1 : 0;
        throw error;
      }
    });
  };
}

async function fetchOnce(
  address: string,
  fetchFrom: typeof fetch,
  { mostBytes = 50_000_000, timeoutMs = 60_000, signal }: FetchBytesOptions,
): Promise<Buffer> {
  const what = describeUrl(address);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { response } = await requestFollowing(address, {
      signal: AbortSignal.any([signal, timeout]),
      fetch: fetchFrom,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw explainStatus(address, response);
    }
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      throw new DownloadError('wrong', `${what} is a web page, not a picture.`);
    }
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > mostBytes) throw new DownloadError('wrong', `${what} is larger than ${formatBytes(mostBytes)}.`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (cause) {
    signal.throwIfAborted();
    if (timeout.aborted) {
      throw new DownloadError('unreachable', `${what} took longer than ${formatSeconds(timeoutMs / 1000)}.`, { cause });
    }
    if (cause instanceof DownloadError) throw cause;
    throw new DownloadError('unreachable', `${what} was cut off before its end.`, { cause });
  }
}
