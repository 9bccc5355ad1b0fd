import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError, PhotoSearchError } from '../lib/index';
import type { Problem } from './types';

/** What a visitor is to know of an error. */
type Told = Problem & { statusCode: number };

/** An error with an answer of its own. */
export function problem(
  statusCode: number,
  problem: Problem['problem'],
  message: string,
): PhotoSearchError & { told: Told } {
  return Object.assign(new PhotoSearchError(message), { told: { statusCode, problem, message } });
}

const away = 'OpenSearch does not answer. This page goes on by itself as soon as it does.';
const busy = 'OpenSearch has too much to do just now. This page tries again by itself.';

/** Whether the connection to OpenSearch is to blame. */
export function isAway(error: unknown): boolean {
  return error instanceof RequestError && error.statusCode === undefined;
}

/**
 * What is told of an error: a status, and a sentence without paths, stacks or addresses of the machine behind the page.
 * What is nobody's business goes to the terminal.
 */
export function toldOf(error: unknown): Told {
  const { told, statusCode = 500, validation } = error as Partial<FastifyError & { told: Told }>;
  if (told) return told;
  if (error instanceof RequestError) {
    const status = error.statusCode;
    if (status === 404) {
      return { statusCode: 404, problem: 'no index', message: 'The index of photos is gone.' };
    }
    if (status === undefined) return { statusCode: 503, problem: 'away', message: away };
    if (status === 429 || status >= 500) {
      return { statusCode: 503, problem: 'busy', message: busy };
    }
    const message = `OpenSearch refuses this (HTTP ${status}): the terminal has the details.`;
    return { statusCode: 502, problem: 'refused', message };
  }
  const { message } = error as Error;
  if (error instanceof PhotoSearchError || validation) {
    return { statusCode: 400, problem: 'request', message: withoutPaths(message) };
  }
  if (statusCode === 413) {
    return { statusCode, problem: 'request', message: 'This is too large to be sent here.' };
  }
  if (statusCode === 429) {
    return { statusCode, problem: 'busy', message: 'Too many requests: wait a moment.' };
  }
  if (statusCode < 500) {
    return { statusCode, problem: 'request', message: 'There is nothing here that answers this.' };
  }
  const mistake = 'Something went wrong here: the terminal has the details.';
  return { statusCode: 500, problem: 'mistake', message: mistake };
}

/** Absolute paths become `…`; addresses such as https://… stay. */
function withoutPaths(message: string): string {
  return message.replaceAll(/(?<![\w:/.])\/[^\s,;:'")]+/g, '…').slice(0, 600);
}

/** Fastify's error handler. */
export function tellProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (request.signal.aborted) return; // nobody is there to be told
  const { statusCode, ...told } = toldOf(error);
  if (statusCode >= 500 && statusCode !== 503) {
    const shown = error instanceof PhotoSearchError ? error.message : error;
    console.error(`${request.method} ${request.url.split('?')[0] ?? ''}:`, shown);
  }
  void reply.code(statusCode).send(told satisfies Problem);
}
