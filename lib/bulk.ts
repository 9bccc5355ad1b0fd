import { setTimeout as sleep } from 'node:timers/promises';
import type { API, Client, Transport } from '@opensearch-project/opensearch';
import { failedRequest, reasonsOf, type FailedRequest } from './errors';

export interface SendBulkOptions {
  index: string;
  /** How long an operation that can't be taken now is sent again, in ms. */
  patienceMs: number;
  /** Ends the waiting; a request that is under way gets three more seconds. */
  signal: AbortSignal;
  /** Told when operations have to wait. */
  onNotice: (message: string) => void;
}

/** An operation that was not taken, and why, in the server's words. */
export interface Refused<Operation> {
  operation: Operation;
  reason: string;
}

export interface BulkOutcome<Operation> {
  taken: Operation[];
  refused: Refused<Operation>[];
  /** Whether the next operations would fare no better. */
  gaveUp: boolean;
}

/**
 * Sends operations, and those that the server can't take now again, with growing pauses.
 *
 * @returns every operation, either as taken or as refused, even where the request itself failed in the end; those
 * whose fate is not known when the signal is aborted are left out
 */
export async function sendBulk<Operation extends BulkOperation>(
  client: Client,
  operations: Operation[],
  options: SendBulkOptions,
): Promise<BulkOutcome<Operation>> {
  const outcome: BulkOutcome<Operation> = { taken: [], refused: [], gaveUp: false };
  try {
    await sendPatiently(client, operations, outcome, options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    outcome.gaveUp = true;
  }
  return outcome;
}

/** Fills `outcome`; throws the signal's reason. */
async function sendPatiently<Operation extends BulkOperation>(
  client: Client,
  operations: Operation[],
  outcome: BulkOutcome<Operation>,
  { index, patienceMs, signal, onNotice }: SendBulkOptions,
): Promise<void> {
  let waiting = operations;
  let begin = Date.now();
  for (let attempt = 1; ; attempt++) {
    const answer = await requestBulk(client, index, waiting, signal);
    const busy: Refused<Operation>[] = [];
    for (const { operation, problem } of answer) {
      if (!problem) outcome.taken.push(operation);
      else if (problem.passing) busy.push({ operation, reason: problem.reason });
      else {
        outcome.refused.push({ operation, reason: problem.reason });
        outcome.gaveUp ||= problem.forAll;
      }
    }
    const [first] = busy;
    if (!first) return;
    if (busy.length < waiting.length) {
      // The server makes progress: its time starts again.
      begin = Date.now();
      attempt = 1;
    }
    const wait = pauseBeforeTry(attempt);
    if (Date.now() - begin + wait > patienceMs) {
      outcome.refused.push(...busy);
      outcome.gaveUp = true;
      return;
    }
    onNotice(
      `${busy.length} of ${waiting.length} photos wait ${(wait / 1000).toFixed(1)} s, ` +
        `at most ${Math.ceil(patienceMs / 1000)} s in all: ${first.reason}`,
    );
    await pause(wait, signal);
    waiting = busy.map(({ operation }) => operation);
  }
}

/** One line of work for OpenSearch. As every document has an id of ours, sending it twice changes nothing. */
export interface BulkOperation {
  id: string;
  /** The document as one line of JSON; without one, what has this id is deleted. */
  document?: string | undefined;
}

/** Why an operation was not taken. */
export interface BulkProblem {
  reason: string;
  /** Whether it may be gone at the next try. */
  passing: boolean;
  /** Whether it meets every operation. */
  forAll: boolean;
}

/**
 * Sends operations in one request, or in smaller ones if that is too large for the server or a proxy before it.
 * A client of `connectOpenSearch` has tried again for a while what may pass by itself before it counts as a problem.
 *
 * @param signal once aborted, the request may still take three seconds
 * @returns each operation, in their order, with what kept it from being taken, if anything did
 * @throws the signal's reason if it is aborted before the server has answered
 */
async function requestBulk<Operation extends BulkOperation>(
  client: Client,
  index: string,
  operations: Operation[],
  signal: AbortSignal,
): Promise<{ operation: Operation; problem?: BulkProblem | undefined }[]> {
  const request = client.bulk({
    index,
    // The client takes lines of JSON as they are; its types know objects only.
    body: operations.flatMap(bulkLines) as unknown as API.Bulk_RequestBody,
  });
  try {
    const { items } = (await stopRequest(request, signal, graceMs)).body;
    return operations.map((operation, at) => {
      const item = items[at]?.[operation.document === undefined ? 'delete' : 'index'];
      return { operation, problem: item ? itemProblem(item, index) : unanswered };
    });
  } catch (error) {
    signal.throwIfAborted();
    const failure = failedRequest(error);
    if (failure?.statusCode === 413 && operations.length > 1) {
      const middle = Math.ceil(operations.length / 2);
      return [
        ...(await requestBulk(client, index, operations.slice(0, middle), signal)),
        ...(await requestBulk(client, index, operations.slice(middle), signal)),
      ];
    }
    const reason = error instanceof Error ? error.message : String(error);
    const passing =
      failure !== undefined && mayBeRepeated({ method: 'PUT', path: '/_bulk' }, failure);
    const problem = { reason, passing, forAll: true };
    return operations.map((operation) => ({ operation, problem }));
  }
}

/** How long a request may still take when the work is to stop, in ms: what was sent is mostly taken by then, and counted. */
const graceMs = 3000;

const unanswered: BulkProblem = {
  reason: 'the answer does not mention it',
  passing: false,
  forAll: false,
};

function bulkLines({ id, document }: BulkOperation): string[] {
  const _id = JSON.stringify(id);
  return document === undefined
    ? [`{"delete":{"_id":${_id}}}`]
    : [`{"index":{"_id":${_id}}}`, document];
}

/** What passes by itself: full queues, and shards that are on the move. But a full disk has status 429 too. */
const passingStatus = new Set([429, 502, 503, 504]);

type BulkItem = NonNullable<API.Bulk_ResponseBody['items'][number]['index']>;

function itemProblem({ status, error }: BulkItem, index: string): BulkProblem | undefined {
  if (!error) return undefined;
  const type = error.type;
  const reasons = reasonsOf(error);
  const blocked = type === 'cluster_block_exception' || type === 'index_not_found_exception';
  const reason =
    explainBlock(reasons.join(' '), index) ??
    `${status} ${type}: ${reasons.at(-1) ?? 'no reason given'}`;
  return { reason, passing: passingStatus.has(status) && !blocked, forAll: blocked };
}

/**
 * What it means that OpenSearch blocks an index or the whole cluster: mostly a full disk, which it reports with the
 * statuses 403 and 429 as if it were about permissions or load. Undefined if `reasons` tell of no block.
 */
export function explainBlock(reasons: string, path: string): string | undefined {
  const [, block] = /blocked by: \[([^\]]*)\]/.exec(reasons) ?? [];
  if (block === undefined) return undefined;
  const [, named] = /index \[([^\]]+)\] blocked/.exec(reasons) ?? [];
  const index = named ?? path.split('/')[1] ?? '_all';
  if (/create-index blocked/.test(block)) {
    return (
      'OpenSearch makes no new index because its disk is more than 90 % full (this is not about permissions): ' +
      'free some space where it runs, and try again.'
    );
  }
  if (/read-only-allow-delete|disk usage exceeded/i.test(block)) {
    return (
      `Index '${index}' takes no documents because the disk of OpenSearch is more than 95 % full: ` +
      'free some space where it runs; it lifts this block by itself below 90 %.'
    );
  }
  return (
    `Index '${index}' is blocked: ${block}. Whoever set it lifts it with ` +
    `PUT ${index}/_settings { "index.blocks.write": null, "index.blocks.read_only": null }.`
  );
}

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

/**
 * Waits for a request's answer; aborts the request `graceMs` after the signal is aborted. Leaves no listener on the
 * signal, which may live as long as the process.
 *
 * @throws the signal's reason if it was aborted before the answer came
 */
export async function stopRequest<Answer>(
  request: Promise<Answer> & { abort(): void },
  signal: AbortSignal,
  graceMs = 0,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    timer = setTimeout(() => {
      request.abort();
    }, graceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  try {
    return await request;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
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

/** The pause before the next try, in ms: doubling from 250 ms to 5 s, and off by up to half so that clients part. */
export function pauseBeforeTry(retry: number): number {
  return Math.min(5000, 250 * 2 ** (retry - 1)) * (0.5 + Math.random());
}
