import { formatBytes } from '../console/units';
import { PhotoSearchError } from '../lib/errors';
import { askedPauseMs } from './pause';

/**
 * What kept a file from arriving:
 * - `missing`: the server has no such file (404, 410);
 * - `refused`: the server wants other credentials, or none will do (401, 403, and other 4xx);
 * - `unreachable`: no answer, or a connection that was cut or fell silent; worth another try;
 * - `busy`: the server asks to come back later (408, 429, 5xx); worth another try;
 * - `untrusted`: TLS certificate, redirect to plain http, redirect in a circle;
 * - `wrong`: bytes arrived, but not the expected ones;
 * - `disk`: no room, no permission to write, or a file in the way.
 */
type DownloadProblem = 'missing' | 'refused' | 'unreachable' | 'busy' | 'untrusted' | 'wrong' | 'disk';

/** A download that failed, with a message for the reader, and `problem`, by which the caller decides what to do. */
export class DownloadError extends PhotoSearchError {
  override name = 'DownloadError';

  constructor(
    readonly problem: DownloadProblem,
    message: string,
    readonly details: {
      cause?: unknown;
      retryAfterMs?: number;
      /** Whether a refusal says why, as a model hub's does; that of a firewall in its place does not. */
      saysWhy?: boolean;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}

/** Whether an error is a failed download of this kind. */
export function hasProblem(error: unknown, problem: DownloadProblem): error is DownloadError {
  return error instanceof DownloadError && error.problem === problem;
}

/** Host and path of an address, all that a message may show: signed addresses keep secrets in the query. */
export function describeUrl(url: string | URL): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

/** The message for an answer that is not the file: what the status means and what to do about it. */
export function explainStatus(url: string, { status, headers }: Response): DownloadError {
  const what = describeUrl(url);
  const details = { retryAfterMs: askedPauseMs(headers) };
  if (status === 404 || status === 410) {
    return new DownloadError('missing', `${what} does not exist (HTTP ${status}).`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const meaning = status === 429 ? 'too many requests from this IP address' : 'not ready';
    return new DownloadError('busy', `${what}: the server answers HTTP ${status} (${meaning}).`, details);
  }
  const access = status === 401 || status === 403 ? 'access is refused' : 'unexpected answer';
  const saysWhy = status === 401 || headers.has('x-error-code') || headers.has('x-error-message');
  return new DownloadError('refused', `${what}: ${access} (HTTP ${status}).`, { ...details, saysWhy });
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** The message for a request that failed without an answer; `fetch` hides the reason in `cause`. */
export function explainNetworkError(url: string, error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  if (error instanceof Error && error.cause instanceof DownloadError) return error.cause;
  const code = errorCode(error) ?? innermostMessage(error);
  const what = describeUrl(url);
  if (certificateCodes.test(code)) {
    return new DownloadError(
      'untrusted',
      `${what}: the TLS certificate is not trusted (${code}). Behind a proxy that inspects TLS, ` +
        `set NODE_EXTRA_CA_CERTS to its certificate file and start again.`,
      { cause: error },
    );
  }
  const { host } = new URL(url);
  const message = `${host} cannot be reached (${code}).${proxyAdvice(url, process.env)}`;
  return new DownloadError('unreachable', message, { cause: error });
}

/** Unlike browsers, npm and pip on the same machine, Node uses a proxy only if it is told to. */
function proxyAdvice(url: string, env: NodeJS.ProcessEnv): string {
  const variable = new URL(url).protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const isSet = [variable, variable.toLowerCase()].some((name) => env[name]);
  if (!isSet || env.NODE_USE_ENV_PROXY === '1') return '';
  return ` ${variable} is set, but Node (22.21, 24 and later) uses it only with NODE_USE_ENV_PROXY=1: set that too, then start again.`;
}

/**
 * The message for a write that failed.
 * @param bytes size of the whole file, where known
 */
export function explainDiskError(file: string, error: unknown, bytes?: number): unknown {
  const code = errorCode(error);
  const need = bytes === undefined ? '' : ` It needs ${bytes} bytes (${formatBytes(bytes)}).`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full: ${file} could not be written.${need} Free some space, then run this again.`;
    return new DownloadError('disk', message, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = `${file} could not be written (${code}): check the permissions of its folder.`;
    return new DownloadError('disk', message, { cause: error });
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const message = `${file} could not be written (${code}): a file is where a folder is needed.`;
    return new DownloadError('disk', message, { cause: error });
  }
  return error;
}

function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermostMessage(error.cause);
}

function errorCode(error: unknown): string | undefined {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string') return inner.code;
  }
  return undefined;
}
