import { setTimeout as pause } from 'node:timers/promises';
import type { API, Client } from '@opensearch-project/opensearch';
import { explainBlock, failedRequest, isPassing, reasonsOf } from './failed-request';
import { type Patience, pauseBeforeTry, stopRequest } from './patiently';

/** One line of work. Each document has an id of ours, so sending it twice changes nothing. */
export interface BulkOperation {
  id: string;
  /** The document as one line of JSON; undefined deletes the document with this id. */
  document?: string | undefined;
}

export interface BulkOptions extends Patience {
  index: string;
  /** Told when operations have to wait. */
  onNotice?: ((message: string) => void) | undefined;
}

/** What became of a request's operations. */
export interface BulkOutcome<Operation> {
  taken: Operation[];
  /** Each with the reason, in the server's words. */
  refused: { operation: Operation; reason: string }[];
  /** Whether further operations would fail too. */
  gaveUp: boolean;
}

/** A request is sent once it has so many characters: servers and proxies refuse 10 MB, some less. */
const requestLength = 2e6;

/** Or when its first document has waited this long, in ms, and another operation comes. */
const requestAgeMs = 1000;

/** While the server answers one request, it reads the next. */
const mostUnderWay = 2;

/**
 * Sends operations as they come. Two requests are under way while the next one fills; no more than these three are ever
 * in memory. So operations of one id must not follow each other closely. It ends early once an outcome has `gaveUp`.
 *
 * @param operations yield undefined when there is nothing to send: then waiting ones still go out in time; if they end
 * with an error, it is thrown after what came before has been sent
 * @yields what became of each request
 */
export async function* sendOperations<Operation extends BulkOperation>(
  client: Client,
  operations: AsyncIterable<Operation | undefined> | Iterable<Operation>,
  options: BulkOptions,
): AsyncGenerator<BulkOutcome<Operation>, void, undefined> {
  let waiting: Operation[] = [];
  let [length, since] = [0, 0];
  const underWay: Promise<BulkOutcome<Operation>>[] = [];
  let gaveUp = false;
  let failure: { error: unknown } | undefined;
  try {
    for await (const operation of operations) {
      if (operation) {
        if (waiting.length === 0) since = performance.now();
        waiting.push(operation);
        for (const line of bulkLines(operation)) length += line.length;
      }
      const isOld = waiting.length > 0 && performance.now() - since >= requestAgeMs;
      // While none is under way, a smaller one goes: OpenSearch works while the next one fills.
      const isDue = isOld || length >= (underWay.length > 0 ? requestLength : requestLength / 4);
      // Answers are passed on at once. If a request is due and none can be sent, this waits for the first answer.
      const isFull = isDue && underWay.length === mostUnderWay;
      const [oldest] = underWay;
      const first = oldest && (await (isFull ? oldest : Promise.race([oldest, Promise.resolve(undefined)])));
      if (first) {
        void underWay.shift();
        yield first;
        gaveUp = first.gaveUp;
        if (gaveUp) break;
      }
      if (!isDue) continue;
      const request = sendBulk(client, waiting, options);
      request.catch(() => undefined); // it is thrown below, where the outcome is awaited
      underWay.push(request);
      [waiting, length] = [[], 0];
    }
  } catch (error) {
    failure = { error };
  } finally {
    await Promise.allSettled(underWay); // nothing is left under way, whoever ends this
  }
  for (const request of underWay) {
    const outcome = await request;
    gaveUp ||= outcome.gaveUp;
    yield outcome;
  }
  if (waiting.length > 0 && !gaveUp) yield await sendBulk(client, waiting, options);
  if (failure) throw failure.error;
}

/**
 * Sends operations in one request, and retries those that the server can't accept now, with growing pauses.
 *
 * @returns every operation, as taken or as refused, even if the request itself failed in the end; those with an unknown
 * outcome when the signal is aborted are left out
 */
export async function sendBulk<Operation extends BulkOperation>(
  client: Client,
  operations: Operation[],
  { index, patienceMs, signal, onNotice }: BulkOptions,
): Promise<BulkOutcome<Operation>> {
  const outcome: BulkOutcome<Operation> = { taken: [], refused: [], gaveUp: false };
  let waiting = operations;
  let deadline = Date.now() + patienceMs;
  try {
    for (let attempt = 1; ; attempt++) {
      const busy: BulkOutcome<Operation>['refused'] = [];
      const answers = await requestBulk(client, index, waiting, signal);
      for (const { operation, problem } of answers) {
        if (!problem) outcome.taken.push(operation);
        else if (problem.passing) busy.push({ operation, reason: problem.reason });
        else {
          outcome.refused.push({ operation, reason: problem.reason });
          outcome.gaveUp ||= problem.forAll;
        }
      }
      outcome.gaveUp ||= answers.length < waiting.length; // some were not sent, or have no answer
      const [first] = busy;
      if (!first) return outcome;
      // The time starts again whenever the server makes progress.
      if (busy.length < waiting.length) [attempt, deadline] = [1, Date.now() + patienceMs];
      const wait = pauseBeforeTry(attempt);
      if (Date.now() + wait > deadline) {
        outcome.refused.push(...busy);
        return { ...outcome, gaveUp: true };
      }
      signal.throwIfAborted();
      onNotice?.(
        `${busy.length} of ${waiting.length} photos wait ${(wait / 1000).toFixed(1)} s, ` +
          `at most ${Math.ceil(patienceMs / 1000)} s in all: ${first.reason}`,
      );
      await pause(wait, undefined, { signal });
      waiting = busy.map(({ operation }) => operation);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return { ...outcome, gaveUp: true };
  }
}

/** Why an operation was not taken. */
interface BulkProblem {
  reason: string;
  /** Whether it may be gone at the next try. */
  passing: boolean;
  /** Whether every operation would fail with it. */
  forAll: boolean;
}

/** One request, or smaller ones if that is too large for the server or a proxy before it (413). */
async function requestBulk<Operation extends BulkOperation>(
  client: Client,
  index: string,
  operations: Operation[],
  signal: AbortSignal,
): Promise<{ operation: Operation; problem?: BulkProblem | undefined }[]> {
  // The client takes lines of JSON as they are; its types know objects only.
  const body = operations.flatMap(bulkLines) as unknown as API.Bulk_RequestBody;
  try {
    const answer = await stopRequest(client.bulk({ index, body }), signal, graceMs);
    const { items } = answer.body as Partial<API.Bulk_ResponseBody>;
    if (!items) {
      const problem = { reason: 'the answer is not from OpenSearch', passing: false, forAll: true }; // a proxy's page
      return operations.map((operation) => ({ operation, problem }));
    }
    return operations.map((operation, at) => {
      const item = items[at]?.[operation.document === undefined ? 'delete' : 'index'];
      return { operation, problem: itemProblem(item, index) };
    });
  } catch (error) {
    signal.throwIfAborted();
    const failure = failedRequest(error);
    if (failure?.statusCode === 413 && operations.length > 1) {
      const middle = Math.ceil(operations.length / 2);
      const first = await requestBulk(client, index, operations.slice(0, middle), signal);
      if (signal.aborted) return first;
      const second = await requestBulk(client, index, operations.slice(middle), signal).catch((stopped: unknown) => {
        if (signal.aborted) return []; // what became of the first is known
        throw stopped;
      });
      return [...first, ...second];
    }
    const reason = error instanceof Error ? error.message : String(error);
    // An operation that is too large by itself does not stop the others.
    const forAll = failure?.statusCode !== 413;
    const problem = { reason, passing: failure !== undefined && isPassing(failure), forAll };
    return operations.map((operation) => ({ operation, problem }));
  }
}

/** How long a request may still take when the work is to stop, in ms: most of what was sent is taken, and counted. */
const graceMs = 3000;

function bulkLines({ id, document }: BulkOperation): string[] {
  const _id = JSON.stringify(id);
  return document === undefined ? [`{"delete":{"_id":${_id}}}`] : [`{"index":{"_id":${_id}}}`, document];
}

type BulkItem = API.Bulk_ResponseBody['items'][number]['index'];

function itemProblem(item: BulkItem, index: string): BulkProblem | undefined {
  if (!item) return { reason: 'the answer does not mention it', passing: false, forAll: false };
  const { status, error } = item;
  if (!error) return undefined;
  const { type } = error;
  const reasons = reasonsOf(error);
  const blocked = type === 'cluster_block_exception' || type === 'index_not_found_exception';
  const reason = explainBlock(reasons.join(' '), index) ?? `${status} ${type}: ${reasons.at(-1) ?? 'no reason given'}`;
  return { reason, passing: isPassing({ statusCode: status, type }) && !blocked, forAll: blocked };
}
