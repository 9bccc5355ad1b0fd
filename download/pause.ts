import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a server asks us to stay away, in ms; undefined if it does not say.
 * `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3), else the seconds until the
 * window ends of a used-up `RateLimit` (`r=0;t=55`), which is what the model hub sends with a 429.
 */
export function askedPauseMs(headers: Headers): number | undefined {
  const retryAfter = headers.get('retry-after')?.trim();
  if (retryAfter !== undefined && /^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter ?? '');
  if (!Number.isNaN(date)) return Math.max(0, date - Date.now());
  const reset = /\br=0;t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return reset === undefined ? undefined : Number(reset) * 1000;
}

/** Waits `ms`; an abort ends it at once, throwing the signal's reason. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
