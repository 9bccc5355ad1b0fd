import { PhotoSearchError } from '../../lib/errors';
import type { FailedRequest } from '../../lib/opensearch/failed-request';

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
