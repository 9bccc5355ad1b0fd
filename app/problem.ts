import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { PhotoSearchError } from '../lib/errors';
import { failedRequest } from '../lib/opensearch/failed-request';
import type { Problem } from './types';

type Told = Problem & { statusCode: number };

/** An error with an answer of its own. */
export function problem(statusCode: number, problem: Problem['problem'], message: string) {
  return Object.assign(new PhotoSearchError(message), { told: { statusCode, problem, message } });
}

const away = 'OpenSearch does not answer. This page continues by itself as soon as it does.';
const lockedOut = 'OpenSearch refuses the user and password of SERVICE_URI: correct them in .env to continue.';
const busy = 'OpenSearch is too busy just now. This page tries again by itself.';
const mangled = 'A part of this address is missing or was changed. “Search photos” above begins a new search.';

/** What visitors are told about an error: a status, and a sentence without this machine's paths, stacks, addresses. */
export function toldOf(error: unknown): Told {
  const { told, statusCode = 500, validation, message, code } = error as Error & Partial<FastifyError & { told: Told }>;
  const tell = (...what: Parameters<typeof problem>) => problem(...what).told;
  if (told) return told;
  const failed = failedRequest(error) ?? (code === 'index-missing' ? { statusCode: 404, type: code } : undefined);
  if (failed) {
    const { statusCode: status, type } = failed;
    if (type === 'ETIMEDOUT') return tell(503, 'busy', busy); // others may have their answers
    if (status === undefined) return tell(503, 'away', away);
    if (status === 401) return tell(503, 'away', lockedOut);
    if (status === 404) return tell(404, 'no index', 'The index of the photos is gone.');
    if (status === 429 || status >= 500) return tell(503, 'busy', busy);
    return tell(502, 'refused', `OpenSearch refuses this (HTTP ${status}): the terminal has the details.`);
  }
  if (validation) return tell(400, 'request', mangled);
  if (error instanceof PhotoSearchError) return tell(400, 'request', withoutPaths(message));
  if (statusCode === 413) return tell(413, 'request', 'This is too large to be sent here.');
  if (statusCode === 429) return tell(429, 'busy', 'Too many requests: wait a moment.');
  if (statusCode < 500) return tell(statusCode, 'request', 'There is nothing here that answers this.');
  return tell(500, 'mistake', 'Something went wrong here: the terminal has the details.');
}

/** Absolute paths become `…`; addresses such as https://… stay. */
const withoutPaths = (message: string) =>
  message.replaceAll(/(?<![\w:/.~])\/[^\s,;:'")]+(?: [^\n,;:'")]*\/[^\s,;:'")]+)?/g, '…').slice(0, 600);

/** The same; what visitors must not see, such as paths, goes to the terminal. */
export function reported(error: unknown, during: string): Told {
  const told = toldOf(error);
  const isCut = told.message.includes('…');
  if ((told.statusCode >= 500 && told.statusCode !== 503) || isCut) console.error(`${during}:`, error);
  return told;
}

/** Fastify's error handler. */
export function tellProblem(error: unknown, { signal, method, url }: FastifyRequest, reply: FastifyReply): void {
  if (signal.aborted) return; // nobody is there to be told
  const { statusCode, ...told } = reported(error, `${method} ${url.split('?')[0] ?? ''}`);
  void reply.code(statusCode).send(told satisfies Problem);
}
