import { errorOf, explainBlock, type FailedRequest, reasonsOf } from '../../lib/opensearch/failed-request';
import { explainReason } from './explain-reason';
import type { RequestContext } from './request-error';

/** What an answer with an HTTP status of 400 or more means. */
export function explainAnswer(failure: FailedRequest, context: RequestContext): string {
  const { host, username, method, path, local } = context;
  const { statusCode, body } = failure;
  const error = errorOf(body);
  const reasons = error ? reasonsOf(error).join(' ') : typeof body === 'string' ? body : '';
  if (/create-index blocked/.test(reasons)) {
    return 'OpenSearch creates no new index because its disk is more than 90 % full (this is not about permissions): free some space where it runs, and try again.';
  }
  const block = explainBlock(reasons, /^\/([^/_][^/]*)/.exec(path)?.[1]);
  if (block) return block;
  switch (statusCode) {
    case 401:
      return username === undefined
        ? `${host} asks for a user and a password: write them into SERVICE_URI, https://user:password@host:port.`
        : `${host} does not accept user '${username}' with the password in SERVICE_URI (401): ` +
            "copy both again from your provider's console, and put the value in single quotes in .env.";
    case 403:
      return (
        `User '${username ?? 'nobody'}' is not allowed to do this at ${host} (403 at ${method} ${path}): ` +
        `${reasons.slice(0, 300) || 'no reason given'}. Use a user who may, or ask whoever runs the cluster.`
      );
    case 413:
      return (
        `${host} rejected ${method} ${path} as too large (413): ` +
        'send fewer documents at a time, or raise the limit of the server (http.max_content_length) or of the proxy in front of it.'
      );
    case 429: {
      const [, used, limit] = /would be \[([^\]]+)\].*limit of \[([^\]]+)\]/.exec(reasons) ?? [];
      if (used !== undefined) {
        return (
          `The memory of OpenSearch at ${host} is full (429): ${method} ${path} would need ${used}, and ${limit ?? '?'} are allowed. ` +
          (local
            ? 'Raise OPENSEARCH_HEAP_MB in .env, then npm run opensearch -- stop, and npm run opensearch -- start: nothing is lost.'
            : 'Try again in a minute; if this persists, the cluster needs nodes with more memory, or fewer requests at once.')
        );
      }
      return (
        `${host} is busy and rejected ${method} ${path} (429${error?.type ? ` ${error.type}` : ''}): ` +
        'wait a little and try again.'
      );
    }
    case 502:
    case 503:
    case 504:
      if (/all shards failed|primary shard is not active/.test(reasons)) {
        return (
          `OpenSearch at ${host} has not opened the index of ${method} ${path} (${statusCode}): if it has just been ` +
          'started, try again in a minute; otherwise `npm run doctor` says what is wrong.'
        );
      }
      return (
        `OpenSearch at ${host} is not ready (${statusCode}${reasons ? `: ${firstLine(reasons)}` : ''}): ` +
        'it is starting or overloaded; try again in a minute.'
      );
    default:
      break;
  }
  if (/plain HTTP request was sent to HTTPS port/i.test(reasons)) {
    return `${host} speaks https: write https:// in SERVICE_URI.`;
  }
  if (error) return explainReason(error, host);
  if (typeof body === 'object' && statusCode === 404) {
    return `OpenSearch at ${host} found nothing at ${method} ${path} (404).`;
  }
  return (
    `The server at ${host} is not OpenSearch, or a proxy in front of it (${statusCode ?? 'no status'} at ${method} ${path}` +
    `${reasons ? `: ${firstLine(reasons)}` : ''}): check host and port in SERVICE_URI.`
  );
}

function firstLine(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
}
