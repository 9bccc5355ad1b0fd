import type { Problem } from '../types';

/** An answer that says what is wrong, or none at all. */
export class Trouble extends Error {
  constructor(readonly told: Problem) {
    super(told.message);
  }
}

const gone = 'The page’s server does not answer. If it was stopped, npm run app starts it again.';

/** Asks the server for JSON. @throws Trouble if it has none; the signal's reason once that is aborted */
export async function ask<Answer>(address: string, options: RequestInit = {}): Promise<Answer> {
  try {
    const response = await fetch(address, options);
    const answer: unknown = await response.json();
    if (response.ok) return answer as Answer;
    throw new Trouble(answer as Problem);
  } catch (error) {
    if (options.signal?.aborted || error instanceof Trouble) throw error;
    throw new Trouble({ problem: 'away', message: gone });
  }
}

/** Of what is known of a photo, or of its picture. */
export const photoAddress = (id: string, picture: '' | '/thumb' | '/whole' = '') =>
  `api/photos/${encodeURIComponent(id)}${picture}`;

/** An element of index.html. */
export function byId<Found extends HTMLElement>(id: string, type: new () => Found): Found {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} '${id}'.`);
}
