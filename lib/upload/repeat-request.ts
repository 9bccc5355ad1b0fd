import type { Transport } from '@opensearch-project/opensearch';
import type { FailedRequest } from '../errors';

/** A request as the client's transport takes it. */
export type RequestParams = Parameters<Transport['request']>[0];

/** Where the request never reached a server that could act on it. */
const notReached = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
]);

/** Where the server may have acted on the request, and its answer was lost. */
const answerLost = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

// A POST that can be sent twice. `_bulk` is one as long as every document in it has an _id of its own, as ours have:
// give `{ maxRetries: 0 }` with a bulk request that lets the server choose ids.
const repeatablePost = /\/_(search|msearch|count|mget|bulk|refresh|flush|forcemerge|analyze)$/;

/** Whether `failure` is one that passes by itself, and sending the request again can do no harm. */
export function mayBeRepeated(params: RequestParams, failure: FailedRequest): boolean {
  const body = params.bulkBody ?? params.body;
  // A stream can be read only once.
  if (typeof body === 'object' && 'pipe' in body) return false;
  const { statusCode, type = '' } = failure;
  // Full queues (429) pass; an index that is blocked because the disk is full has the same status and stays.
  if (statusCode === 429) return type !== 'cluster_block_exception';
  if (statusCode === 503 || notReached.has(type)) return true;
  const idempotent = params.method !== 'POST' || repeatablePost.test(params.path);
  return idempotent && (statusCode === 502 || statusCode === 504 || answerLost.has(type));
}
