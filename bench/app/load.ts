import autocannon, { type Request } from 'autocannon';
import { quantile } from '../../further/index-lab/measure-searches';

/** What visitors met: times in ms. */
export interface Load {
  connections: number;
  seconds: number;
  answers: number;
  perSecond: number;
  p50: number;
  p97_5: number;
  p99: number;
  longest: number;
  /** Connections that failed or took longer than 60 s, and answers other than 200. */
  errors: number;
  refused: number;
}

/**
 * Visitors who ask all at once, each again as soon as the answer is there.
 *
 * @param address of the next search, each time it is called
 * @param toRequest how that is asked for elsewhere than by the page
 */
export async function load(
  url: string,
  { connections, ...length }: { connections: number } & ({ seconds: number } | { searches: number }),
  address: () => string,
  toRequest: (path: string) => Request = (path) => ({ path }),
): Promise<Load> {
  const { latency, requests, errors, non2xx, duration } = await autocannon({
    ...{ url, connections, timeout: 60 },
    ...('seconds' in length ? { duration: length.seconds } : { amount: length.searches }),
    requests: [{ setupRequest: (request) => ({ ...request, ...toRequest(address()) }) }],
  });
  return {
    ...{ connections, seconds: Math.round(duration), answers: requests.total, perSecond: Math.round(requests.average) },
    ...{ p50: latency.p50, p97_5: latency.p97_5, p99: latency.p99, longest: latency.max },
    ...{ errors, refused: non2xx },
  };
}

const words = {
  which: 'a|two|many|old|small|red|blue|green|dark|bright|wooden|empty|wet|snowy|golden'.split('|'),
  what: 'dog|cat|bridge|boat|flower|car|mountain|lake|beach|street|tree|house|bird|horse|cake'.split('|'),
  where: 'at night|in the rain|by the sea|in a garden|in winter|from above|in the sun'.split('|'),
};

/** The address of a search: one of 1,575 texts, as visitors are alike and not the same. */
export function someSearch(): string {
  const one = (from: string[]) => from[Math.floor(Math.random() * from.length)] ?? '';
  const text = `${one(words.which)} ${one(words.what)} ${one(words.where)}`;
  return `/api/search?q=${encodeURIComponent(text)}`;
}

let number = 0;

/** The same of a text that nobody has searched for before. */
export function newSearch(): string {
  return `${someSearch()}%20${++number}`;
}

/** A visitor who types 300 texts that are new, one after the other: ms until the answer. */
export async function oneVisitor(
  url: string,
  toRequest: (path: string) => Request = (path) => ({ path }),
): Promise<{ p50: number; p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const { path = '', method, headers, body } = toRequest(newSearch());
    const begin = performance.now();
    const answer = await fetch(url + path, { method, headers: headers as Record<string, string>, body });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await answer.text();
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return { p50: Math.round(quantile(times, 0.5)), p95: Math.round(quantile(times, 0.95)) };
}
