import { setTimeout as pause } from 'node:timers/promises';
import { errors, Transport, type ApiError, type ApiResponse } from '@opensearch-project/opensearch';
import type { Notice } from '../../console/notice';
import { isPassing, type FailedRequest } from '../../lib/opensearch/failed-request';
import { pauseBeforeTry } from '../../lib/opensearch/patiently';
import { explainRequest } from './explain-request';
import { indexOfMapping, nativeVectorsProblem } from './native-vectors';
import type { Reached, RequestParams } from './request-error';

type RequestOptions = NonNullable<Parameters<Transport['request']>[1]>;
/** The client hands this out with every request. */
interface Abortable {
  abort: () => void;
}
type Callback = (error: ApiError | null, result: ApiResponse) => void;

/** How a client of ours deals with failing requests. */
interface TransportOptions {
  /** How long a request that can't be answered now is tried again, in ms. */
  patienceMs: number;
  /** Told once for each request that has to wait, with the request. */
  notice: Notice;
}

/**
 * The client's transport with three changes, for every request made with the client: failures that pass by
 * themselves are tried again with growing pauses (the client's own tries follow each other at once); what fails in the
 * end is rejected as an explained RequestError; and what our own node could not index is turned away with a
 * PhotoSearchError (native-vectors.ts).
 */
export function transportTo(reached: Reached, { patienceMs, notice }: TransportOptions): typeof Transport {
  return class extends Transport {
    override request(params: RequestParams, options?: RequestOptions): Promise<ApiResponse> & Abortable;
    override request(params: RequestParams, options?: RequestOptions, callback?: Callback): Abortable;
    override request(
      params: RequestParams,
      givenOptions?: RequestOptions | Callback,
      givenCallback?: Callback,
    ): (Promise<ApiResponse> & Abortable) | Abortable {
      const callback = typeof givenOptions === 'function' ? givenOptions : givenCallback;
      const options = typeof givenOptions === 'function' ? {} : { ...givenOptions };
      const tries = (options.maxRetries ?? Infinity) + 1;
      const stop = new AbortController();
      let running: Abortable | undefined;
      let result = {} as ApiResponse;

      const send = (): Promise<ApiError | null> =>
        new Promise((resolve) => {
          // Copies, since the client writes into both.
          running = super.request({ ...params }, { ...options, maxRetries: 0 }, (error, answer) => {
            result = answer;
            resolve(error);
          });
        });

      const isWithoutKnn = async (index: string | undefined): Promise<boolean> => {
        if (index === undefined) return false;
        const path = `/${index}/_settings/index.knn`;
        const asked = await super.request({ method: 'GET', path }).catch(() => undefined);
        return asked !== undefined && !JSON.stringify(asked.body).includes('"knn":"true"');
      };

      const answer = async (): Promise<ApiResponse> => {
        const problem = reached.local ? nativeVectorsProblem(params) : undefined;
        if (problem && !(await isWithoutKnn(indexOfMapping(params.path)))) throw problem;
        const begin = Date.now();
        // Not `patiently` of lib/: it doesn't check whether sending twice does harm, nor tell those who wait.
        for (let attempt = 1; ; attempt++) {
          const error = await send();
          if (error === null) return result;
          const wait = pauseBeforeTry(attempt);
          const waited = Date.now() - begin;
          const context = { ...reached, ...params, attempt, waited };
          const explained = explainRequest(error, context);
          if (
            stop.signal.aborted ||
            attempt >= tries ||
            waited + wait > patienceMs ||
            !mayBeRepeated(params, explained)
          ) {
            throw explained;
          }
          if (attempt === 2) {
            notice(`${explained.message} Trying again for up to ${Math.ceil(patienceMs / 1000)} s …`, promise);
          }
          await pause(wait, undefined, { signal: stop.signal }).catch(() => {
            throw explainRequest(new errors.RequestAbortedError('Request aborted'), context);
          });
        }
      };
      const abort = () => {
        stop.abort();
        running?.abort();
      };

      const promise: Promise<ApiResponse> = answer();
      if (!callback) return Object.assign(promise, { abort });
      promise.then(
        (success) => {
          callback(null, success);
        },
        (error: unknown) => {
          callback(error as ApiError, result);
        },
      );
      return { abort };
    }
  };
}

/** Where the request never reached a server that could act on it. */
const notReached = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'EADDRNOTAVAIL']);

// A POST that can be sent twice. `_bulk` is one as long as every document in it has an _id of its own, as ours have:
// give `{ maxRetries: 0 }` with a bulk request that lets the server choose ids.
const repeatablePost = /\/_(search|msearch|count|mget|bulk|refresh|flush|forcemerge|analyze)$/;

/** Whether `failure` is one that passes by itself, and sending the request again can do no harm. */
function mayBeRepeated(params: RequestParams, failure: FailedRequest): boolean {
  const body = params.bulkBody ?? params.body;
  // A stream can be read only once.
  if (!isPassing(failure) || (typeof body === 'object' && 'pipe' in body)) return false;
  const { statusCode, type = '' } = failure;
  if (statusCode === 429 || statusCode === 503 || notReached.has(type)) return true;
  // The server may have acted on it, and its answer was lost.
  return params.method !== 'POST' || repeatablePost.test(params.path);
}
