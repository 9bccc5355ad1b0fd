import { inspect } from 'node:util';

/**
 * An error whose message is written for the reader: what is wrong, with its values, and what to do next.
 * It prints as that message alone, without a stack trace, in a notebook cell as in a terminal.
 */
export class WorkshopError extends Error {
  override name = 'WorkshopError';

  [inspect.custom](): string {
    return this.message;
  }
}

/** What OpenSearch, or the way to it, answered to a request that failed: for code that wants to act on it. */
export interface FailedRequest {
  /** HTTP status, absent where no answer came. */
  statusCode?: number;
  /** OpenSearch's error type such as `index_not_found_exception`, or Node's code such as `ECONNREFUSED`. */
  type?: string;
  /** The answer's body. */
  body?: unknown;
}

/**
 * A request to OpenSearch that failed, explained. `cause` holds the client's own error; it is not printed.
 *
 * Code that expects a failure asks for it by its values: `error instanceof RequestError && error.statusCode === 404`.
 */
export class RequestError extends WorkshopError implements FailedRequest {
  override name = 'RequestError';
  readonly statusCode?: number;
  readonly type?: string;
  readonly body?: unknown;

  constructor(message: string, { statusCode, type, body }: FailedRequest, cause: unknown) {
    super(message, { cause });
    this.statusCode = statusCode;
    this.type = type;
    this.body = body;
  }
}

/** The `error` object in OpenSearch's answers, for a request as for an item of a bulk request. */
export interface OpenSearchReason {
  type?: string;
  reason?: string;
  index?: string;
  caused_by?: OpenSearchReason;
  root_cause?: OpenSearchReason[];
}

/** The error object in an answer's body, where there is one. */
export function errorOf(body: unknown): OpenSearchReason | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error === 'string') return { reason: error };
  return typeof error === 'object' && error !== null ? error : undefined;
}

/** Every reason in an error, from the outermost to the deepest, each once: the telling one is often the deepest. */
export function reasonsOf(error: OpenSearchReason): string[] {
  const reasons: string[] = [];
  const add = (part: OpenSearchReason | undefined): void => {
    if (!part) return;
    if (part.reason && !reasons.includes(part.reason)) reasons.push(part.reason);
    part.root_cause?.forEach(add);
    add(part.caused_by);
  };
  add(error);
  return reasons;
}
