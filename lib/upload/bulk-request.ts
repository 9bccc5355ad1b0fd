import type { API, Client } from '@opensearch-project/opensearch';
import { RequestError } from '../errors';
import { explainBlock } from './explain-block';
import { reasonsOf } from './explain-reason';
import { mayBeRepeated } from './repeat-request';
import { stopRequest } from './stop-request';

/** One line of work for OpenSearch. As every document has an id of ours, sending it twice changes nothing. */
export interface BulkOperation {
  id: string;
  /** The document as one line of JSON; without one, what has this id is deleted. */
  document?: string;
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
export async function requestBulk<Operation extends BulkOperation>(
  client: Client,
  index: string,
  operations: Operation[],
  signal: AbortSignal,
): Promise<{ operation: Operation; problem?: BulkProblem }[]> {
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
    if (error instanceof RequestError && error.statusCode === 413 && operations.length > 1) {
      const middle = Math.ceil(operations.length / 2);
      return [
        ...(await requestBulk(client, index, operations.slice(0, middle), signal)),
        ...(await requestBulk(client, index, operations.slice(middle), signal)),
      ];
    }
    const reason = error instanceof Error ? error.message : String(error);
    const passing =
      error instanceof RequestError && mayBeRepeated({ method: 'PUT', path: '/_bulk' }, error);
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
