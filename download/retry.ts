import { formatSeconds } from '../console/units';
import type { Notice } from '../console/notice';
import { DownloadError } from './error';
import { pauseBeforeTry } from '../lib/opensearch/patiently';
import { pause } from './pause';

/** How long to keep trying a server that does not answer as it should. */
export interface RetryOptions {
  /** How often in a row a request may fail without bringing a new byte. Default 5; 2 until the first answer. */
  retries?: number;
  /** The first pause between tries, in ms; each further one is twice as long. Default 1,000. */
  firstPauseMs?: number;
  /** The longest time to stay away because the server asks to (`Retry-After`), in ms. Default 600,000. */
  patienceMs?: number;
  /** Until the first answer no further try begins after this time, in ms. Default: no limit. */
  firstAnswerMs?: number;
  /** Receives a sentence whenever something goes wrong that is waited out or tried again. */
  onNotice?: Notice;
  signal?: AbortSignal;
}

/**
 * Calls `attempt` until it succeeds or no further try makes sense. Failures are tried again where the network or a
 * busy server is to blame, after the pause that the server asks for, else after pauses that grow. (`patiently` of lib/
 * is for OpenSearch: it knows neither `Retry-After` nor a part that has arrived.)
 *
 * @param arrived bytes that earlier tries brought: as long as it grows, trying goes on
 * @throws DownloadError the last failure, saying how often it was tried and what to do; any other error at once
 * @throws the signal's reason after an abort
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  options: RetryOptions = {},
  arrived: () => number = () => 0,
): Promise<T> {
  const beganAt = performance.now();
  let patienceMs = options.patienceMs ?? 600_000;
  let answered = false;
  let [failures, farthest] = [0, arrived()];
  let trying = attempt();
  for (;;) {
    try {
      return await trying;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DownloadError)) throw error;
      if (error.problem !== 'unreachable' && error.problem !== 'busy') throw error;

      const furtherOn = arrived() > farthest;
      answered ||= furtherOn || error.problem === 'busy';
      failures = furtherOn ? 1 : failures + 1;
      farthest = Math.max(farthest, arrived());

      const asked = error.details.retryAfterMs;
      patienceMs -= asked ?? 0;
      const late = !answered && performance.now() - beganAt > (options.firstAnswerMs ?? Infinity);
      const retries = answered ? (options.retries ?? 5) : 2;
      if (failures > retries || patienceMs < 0 || late) throw givenUp(error, failures, asked);

      const pauseMs = asked ?? pauseBeforeTry(failures, options.firstPauseMs ?? 1000, 30_000);
      trying = pause(pauseMs, options.signal).then(attempt);
      options.onNotice?.(`${error.message} Trying again in ${formatSeconds(pauseMs / 1000)}.`, trying);
    }
  }
}

function givenUp(error: DownloadError, tries: number, askedMs?: number): DownloadError {
  const times = tries === 1 ? '' : `Tried ${tries} times. `;
  const advice =
    askedMs === undefined
      ? `${times}Check the network connection, then run this again.`
      : `It asks to wait ${formatSeconds(askedMs / 1000)}: run this again after that.`;
  return new DownloadError(error.problem, `${error.message} ${advice}`, { cause: error });
}
