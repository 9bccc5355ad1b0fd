import { errors } from '@opensearch-project/opensearch';
import { failedRequest } from '../../lib/opensearch/failed-request';
import { explainAnswer } from './explain-answer';
import { explainConnection } from './explain-connection';
import { type RequestContext, RequestError } from './request-error';

/** What the client's error means for the reader: one or two sentences with the values and the next step. */
export function explainRequest(error: Error, context: RequestContext): RequestError {
  if (error instanceof errors.RequestAbortedError) {
    const message = `${context.method} ${context.path} was stopped before ${context.host} answered.`;
    return new RequestError(message, { type: 'aborted' }, error);
  }
  if (error instanceof errors.ResponseError) {
    const failure = failedRequest(error) ?? {};
    return new RequestError(explainAnswer(failure, context) + triedOften(context), failure, error);
  }
  const type = failedRequest(error)?.type;
  return new RequestError(explainConnection(error, type, context) + triedOften(context), { type }, error);
}

function triedOften({ attempt, waited }: RequestContext): string {
  return attempt > 1 ? ` (${attempt} tries in ${Math.round(waited / 1000)} s.)` : '';
}
