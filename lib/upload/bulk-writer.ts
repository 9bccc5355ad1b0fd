import type { Client } from '@opensearch-project/opensearch';
import type { BulkOperation } from './bulk-request';
import { sendBulk, type BulkOutcome, type SendBulkOptions } from './bulk-send';

export interface BulkWriterOptions<Operation> extends SendBulkOptions {
  /** A request is sent once it has this many bytes. Default 2 MB: servers and proxies refuse 10 MB, some less. */
  chunkBytes?: number;
  /** Or this many operations. Default 1000. */
  chunkCount?: number;
  /** Or when its first operation has waited this long, in ms: what a killed process can lose. Default 1000. */
  chunkMs?: number;
  /** Told what became of each request's operations. After `gaveUp`, no more are sent. */
  onOutcome: (outcome: BulkOutcome<Operation>) => void;
}

/** Gathers operations into bulk requests. */
export interface BulkWriter<Operation> {
  /**
   * Adds an operation. While a request's worth waits and another is under way, this waits too, so that no more than
   * two requests' worth is ever in memory.
   */
  add(operation: Operation): Promise<void>;
  /**
   * Sends what is left and waits for all answers.
   *
   * @throws what `sendBulk` threw, unless because the signal was aborted
   */
  flush(): Promise<void>;
  /** The last flush: what is added later is not sent. */
  close(): Promise<void>;
}

/** Opens a writer to `options.index`: one request under way while the next one fills. */
export function openBulkWriter<Operation extends BulkOperation>(
  client: Client,
  { chunkBytes = 2e6, chunkCount = 1000, chunkMs = 1000, ...options }: BulkWriterOptions<Operation>,
): BulkWriter<Operation> {
  let chunk: Operation[] = [];
  let bytes = 0;
  let due = false;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let gaveUp = false;
  let closed = false;

  const isFull = () => bytes >= chunkBytes || chunk.length >= chunkCount;

  /** Sends the chunk if it is time and no other is under way. */
  function pump(): void {
    if (sending || chunk.length === 0) return;
    if (!due && !isFull()) {
      timer ??= setTimeout(() => {
        due = true;
        pump();
      }, chunkMs);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    const operations = chunk;
    chunk = [];
    bytes = 0;
    due = false;
    sending = send(operations).finally(() => {
      sending = undefined;
      pump();
    });
  }

  /** Never rejects: a failure is kept for the flush. */
  async function send(operations: Operation[]): Promise<void> {
    if (failure || gaveUp) return;
    try {
      const outcome = await sendBulk(client, operations, options);
      gaveUp = outcome.gaveUp;
      options.onOutcome(outcome);
    } catch (error) {
      failure = { error };
    }
  }

  async function flush(): Promise<void> {
    while (sending || chunk.length > 0) {
      due = true;
      pump();
      await sending;
    }
    if (failure && !options.signal.aborted) throw failure.error;
  }

  return {
    async add(operation) {
      if (closed) return;
      chunk.push(operation);
      bytes += 100 + operation.id.length + (operation.document?.length ?? 0);
      pump();
      while (sending && isFull()) await sending;
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        closed = true;
      }
    },
  };
}
