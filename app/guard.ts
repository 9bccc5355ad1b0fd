import { hash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { problem } from './problem';

export interface GuardOptions {
  /** The page's address as seen from outside, such as a codespace's `https://…`. */
  publicAddress?: () => URL | undefined;
  /** Required where other machines can reach the page. */
  token?: string;
}

/**
 * Answers only what comes from the page itself.
 *
 * A page of another site may send requests to this one from the visitor's own browser. Its name in `Host` (DNS
 * rebinding), its address in `Origin`, and `Sec-Fetch-Site` give it away.
 */
export function guard(app: FastifyInstance, { publicAddress, token }: GuardOptions) {
  const visitors = new LRUCache<string, true>({ max: 10_000 });
  const visitorIn = ({ cookie = '' }: FastifyRequest['headers']) =>
    cookie.split(/; */).find((one) => visitors.has(one));
  app.addHook('onRequest', async ({ headers, method, query, socket, url }, reply) => {
    const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
    const outside = publicAddress?.();
    const names = ['localhost', '127.0.0.1', '[::1]', outside?.hostname];
    if (token === undefined && !names.includes(host.replace(/:\d+$/, '').toLowerCase())) {
      throw problem(421, 'refused', 'This address is not the page’s own.');
    }
    const isOwn =
      origin === undefined ? ['GET', 'HEAD'].includes(method) : [outside?.origin, `http://${host}`].includes(origin);
    if (!isOwn || (site === 'cross-site' && mode !== 'navigate')) {
      throw problem(403, 'refused', 'Only the page itself may ask this.');
    }
    if (token === undefined) return;
    if (url.startsWith('/?') && digest((query as { token?: unknown }).token) === digest(token)) {
      // All ports of a machine share their cookies.
      const visitor = visitorIn(headers) ?? `search-${socket.localPort}=${randomUUID()}`;
      visitors.set(visitor, true);
      return reply.header('set-cookie', `${visitor}; HttpOnly; SameSite=Lax; Path=/`).redirect('/'); // Lax: also behind a shared link
    }
    if (visitorIn(headers) === undefined) {
      throw problem(401, 'refused', 'Open the link that `npm run app` has printed.');
    }
  });
  // Requests are counted for each browser, by its cookie, since a class has one address; without one, for each address.
  return ({ headers, ip }: FastifyRequest) => visitorIn(headers) ?? ip;
}

/** Hashes are compared, so timing reveals nothing about the token. */
const digest = (text: unknown) => hash('sha256', String(text));
