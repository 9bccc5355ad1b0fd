import type { Problem } from '../types';

const message = 'The page’s server does not answer. If it was stopped, npm run app starts it again.';
const gone: Problem = { problem: 'away', message };
/** Requests under way, by path. */
const asking = new Map<string, AbortController>();

/** Asks the server for JSON; cancels an earlier request for the same path. @throws Error caused by a `Problem` */
export async function ask<Answer>(address: string, options: RequestInit = {}): Promise<Answer> {
  const path = address.replace(/\?.*/, '');
  asking.get(path)?.abort();
  const controller = new AbortController();
  asking.set(path, controller);
  const response = await fetch(address, { ...options, signal: controller.signal }).catch(() => undefined);
  const answer: unknown = await response?.json().catch(() => undefined);
  controller.signal.throwIfAborted();
  if (response?.ok && answer !== undefined) return answer as Answer;
  const problem = (answer ?? gone) as Problem;
  throw new Error(problem.message, { cause: problem });
}

/** The address of what is known about a photo, or of its picture. */
export const photoAddress = (id: string, picture: '' | '/thumb' | '/whole' = '') =>
  `api/photos/${encodeURIComponent(id)}${picture}`;

/** An element of index.html. */
export function byId<Found extends HTMLElement>(id: string, type: new () => Found): Found {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} '${id}'.`);
}
