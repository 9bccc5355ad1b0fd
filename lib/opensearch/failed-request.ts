import type { Types } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../errors';

/** How a request failed, at OpenSearch or on the way there. */
export interface FailedRequest {
  /** HTTP status; absent if there was no response. */
  statusCode?: number | undefined;
  /** OpenSearch's error type such as `index_not_found_exception`, or Node's code such as `ECONNREFUSED`. */
  type?: string | undefined;
  /** The response's body. */
  body?: unknown;
}

/** The `error` object in OpenSearch's answers, for a request as for an item of a bulk request. */
export type ErrorCause = Partial<Types.Common.ErrorCause>;

/** The error object in an answer's body, where there is one. */
export function errorOf(body: unknown): ErrorCause | undefined {
  const { error } = (body ?? {}) as { error?: ErrorCause | string | null };
  return typeof error === 'string' ? { reason: error } : (error ?? undefined);
}

/** An error and all that caused it, from the outermost to the deepest. */
function causesOf(error: ErrorCause): ErrorCause[] {
  const causes = [...(error.root_cause ?? []), ...(error.caused_by ? [error.caused_by] : [])];
  return [error, ...causes.flatMap(causesOf)];
}

/** Every reason in an error, from the outermost to the deepest, each once: the telling one is often the deepest. */
export function reasonsOf(error: ErrorCause): string[] {
  return [...new Set(causesOf(error).flatMap(({ reason }) => reason || []))];
}

/**
 * What failed in a request, from the client's own error, or from an application's PhotoSearchError that has the
 * fields of a {@link FailedRequest}; undefined for any other error.
 */
export function failedRequest(error: unknown): FailedRequest | undefined {
  if (error instanceof PhotoSearchError && 'statusCode' in error) return error as FailedRequest;
  // By its fields: a client that comes from another copy of the package has other classes.
  if (!(error instanceof Error && 'meta' in error)) return undefined;
  if (error.name !== 'ResponseError') return { type: connectionCode(error) };
  const { statusCode, body } = error as unknown as { statusCode?: number; body?: unknown };
  return { statusCode, type: errorOf(body)?.type, body };
}

/** Statuses that pass by themselves: shards or proxies that are on the move. */
const passingStatus = new Set([502, 503, 504]);

/** Node's codes for a connection that could not be made, or was lost. */
const passingCodes = new Set(
  'ECONNREFUSED EHOSTUNREACH ENETUNREACH EAI_AGAIN EADDRNOTAVAIL ECONNRESET EPIPE ETIMEDOUT'.split(' '),
);

/** What OpenSearch says, with status 500, when one of its nodes has just left. */
const passingTypes = new Set(['node_not_connected_exception', 'node_disconnected_exception']);

/** Whether a retry may succeed. */
export function isPassing({ statusCode, type = '', body }: FailedRequest): boolean {
  if (statusCode === undefined) return passingCodes.has(type);
  // An index that is blocked because the disk is full has the status of full queues, and stays so.
  if (statusCode === 429) return type !== 'cluster_block_exception';
  const causes = [{ type }, ...causesOf(errorOf(body) ?? {})];
  return passingStatus.has(statusCode) || causes.some(({ type }) => type !== undefined && passingTypes.has(type));
}

/** Node's code for a failed connection, such as `ECONNREFUSED`: the client has it in its text, if anywhere. */
function connectionCode(error: Error): string | undefined {
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const cause = error.cause as (NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }) | undefined;
  // A name with several addresses fails with one error for each.
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? /\bE[A-Z]+(_[A-Z]+)?\b/.exec(error.message)?.[0];
  // An answer that breaks off is reported with words alone.
  return code ?? (/aborted|socket hang up/.test(error.message) ? 'ECONNRESET' : undefined);
}

/**
 * Explains why OpenSearch blocks an index: usually a full disk, which it reports with status 403 or 429, as if it were
 * about permissions or load. Undefined if `reasons` mention no block.
 *
 * @param index which one, where `reasons` name none
 */
export function explainBlock(reasons: string, index: string | undefined): string | undefined {
  const [, block] = /blocked by: \[([^\]]*)\]/.exec(reasons) ?? [];
  // A block on making indexes is the cluster's, not an index's.
  if (block === undefined || block.includes('create-index')) return undefined;
  const [, name = index] = /index \[([^\]]+)\] blocked/.exec(reasons) ?? [];
  if (name === undefined) return undefined;
  if (/read-only-allow-delete|disk usage exceeded/i.test(block)) {
    return `Index '${name}' accepts no documents because OpenSearch's disk is more than 95 % full: free some space where it runs; OpenSearch lifts this block below 90 %.`;
  }
  return `Index '${name}' is blocked: ${block}. Whoever set it lifts it with PUT ${name}/_settings { "index.blocks.write": null, "index.blocks.read_only": null }.`;
}
