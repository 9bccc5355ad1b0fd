import type { Transport } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import type { FailedRequest } from '../../lib/opensearch/failed-request';

/** The cluster that a client talks to, as explanations name it. */
export interface Reached {
  /** `host:port`, of all nodes. */
  host: string;
  /** Whether it speaks TLS. */
  secure: boolean;
  /** Whether it is the workshop's own node. */
  local: boolean;
  username?: string;
  /** Path of the certificate authority's file. */
  caCert?: string;
}

/** A request as the client's transport takes it. */
export type RequestParams = Parameters<Transport['request']>[0];

/** A request, and what was tried. */
export interface RequestContext extends Reached {
  method: string;
  path: string;
  /** How often it was sent. */
  attempt: number;
  /** Since it was first sent, in ms. */
  waited: number;
}

/**
 * A request to OpenSearch that failed, explained. `cause` holds the client's own error; it is not printed.
 *
 * Code that expects a failure asks for it by its values: `error instanceof RequestError && error.statusCode === 404`.
 */
export class RequestError extends PhotoSearchError implements FailedRequest {
  override name = 'RequestError';
  readonly statusCode?: number | undefined;
  readonly type?: string | undefined;
  readonly body?: unknown;

  constructor(message: string, { statusCode, type, body }: FailedRequest, cause: unknown) {
    super(message, { cause });
    this.statusCode = statusCode;
    this.type = type;
    this.body = body;
  }
}
