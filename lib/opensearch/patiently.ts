import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { failedRequest, isPassing } from './failed-request';

/**
 * Waits for a request's answer; aborts the request `graceMs` after the signal is aborted. Leaves no listener on the
 * signal, which may live as long as the process.
 *
 * @throws the signal's reason if it was aborted before the answer came
 */
export async function stopRequest<Answer>(
  request: Promise<Answer> & { abort?(): void },
  signal: AbortSignal,
  graceMs = 0,
): Promise<Answer> {
  const over = new AbortController();
  const stopped = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort', { signal: over.signal });
    await pause(graceMs, undefined, { signal: over.signal });
    request.abort?.();
    throw signal.reason; // a request without `abort` continues; its answer is ignored
  };
  try {
    return await Promise.race([request, stopped()]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

/**
 * The pause before the next try, in ms: doubling from `first` to `longest`, times 0.5 to 1.5 at random, lest all clients
 * come back at once.
 */
export function pauseBeforeTry(retry: number, first = 250, longest = 5000): number {
  return Math.min(longest, first * 2 ** (retry - 1)) * (0.5 + Math.random());
}

/** How long a request may be tried again, in ms, and what ends the waiting. */
export interface Patience {
  patienceMs: number;
  signal: AbortSignal;
}

/** Sends a request, again with growing pauses while its failure may pass by itself; throws any other error. */
export async function patiently<Answer>(
  send: () => Promise<Answer> & { abort?(): void },
  { patienceMs, signal }: Patience,
): Promise<Answer> {
  const deadline = Date.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    const wait = pauseBeforeTry(attempt);
    try {
      return await stopRequest(send(), signal);
    } catch (error) {
      const failure = failedRequest(error);
      if (!failure || !isPassing(failure) || Date.now() + wait > deadline) throw error;
    }
    await pause(wait, undefined, { signal });
  }
}
