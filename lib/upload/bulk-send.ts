import type { Client } from '@opensearch-project/opensearch';
import { requestBulk, type BulkOperation } from './bulk-request';
import { pause, pauseBeforeTry } from './pause';

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
