import type { Problem } from '../types';

/** An answer that says what is wrong, or none at all. */
export class Trouble extends Error {
  constructor(readonly told: Problem) {
    super(told.message);
  }
}

const gone: Problem = {
  problem: 'away',
  message: 'The page’s server does not answer. If it was stopped, npm run app starts it again.',
};

/** Asks the server for JSON. @throws Trouble if it has none; the signal's reason once that is aborted */
export async function ask<Answer>(address: string, options: RequestInit = {}): Promise<Answer> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(address, options);
    answer = await response.json();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Trouble(gone);
  }
  if (!response.ok) throw new Trouble(answer as Problem);
  return answer as Answer;
}

export function photoAddress(id: string, kind: 'thumb' | 'whole'): string {
  return `api/photos/${encodeURIComponent(id)}/${kind}`;
}
