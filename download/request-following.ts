import { DownloadError, describeUrl, explainNetworkError } from './error';

interface FollowedAnswer {
  response: Response;
  /** The headers of every answer on the way, first to last: a hub tells about a file while redirecting. */
  hops: Headers[];
}

/** Whoever reads a server's log sees who asks. Sizes and ranges are those of the file, not of a compressed form of it. */
const usualHeaders = { 'user-agent': 'image-search-clip-opensearch-workshop', 'accept-encoding': 'identity' };

/**
 * Makes one request and follows redirects by hand (but a HEAD not to another origin), for two reasons:
 * `headers` (they may hold a token) go to the origin of `url` only and never further, and the headers of the
 * redirecting answers are wanted.
 *
 * @param options.headers sent to the origin of `url` only
 * @param options.openHeaders sent to every server on the way, such as `Range`
 * @throws DownloadError if no answer comes; `untrusted` for a circle of redirects, or one from https to http
 */
export async function requestFollowing(
  url: string,
  options: {
    method?: 'GET' | 'HEAD';
    headers?: Record<string, string>;
    openHeaders?: Record<string, string>;
    signal?: AbortSignal;
    /** Makes each request. Default: Node's. */
    fetch?: typeof fetch;
  } = {},
): Promise<FollowedAnswer> {
  const first = new URL(url);
  const privateHeaders = { ...options.headers, ...basicAuthorization(first) };
  const hops: Headers[] = [];
  let here = first;
  let atHome = true;
  while (hops.length < 10) {
    const response: Response = await (options.fetch ?? fetch)(withoutCredentials(here), {
      method: options.method ?? 'GET',
      headers: { ...usualHeaders, ...options.openHeaders, ...(atHome ? privateHeaders : {}) },
      redirect: 'manual',
      signal: options.signal ?? null,
    }).catch((error: unknown) => {
      throw explainNetworkError(url, error);
    });
    hops.push(response.headers);
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return { response, hops };
    }
    const next = new URL(location, here);
    // A signed address of another server is often good for GET only, and the headers so far have said everything.
    if (options.method === 'HEAD' && next.origin !== here.origin) return { response, hops };
    await response.body?.cancel();
    if (here.protocol === 'https:' && next.protocol !== 'https:') {
      throw new DownloadError(
        'untrusted',
        `${describeUrl(here)} redirects from https to ${next.protocol.slice(0, -1)}: not followed.`,
      );
    }
    atHome = atHome && next.origin === first.origin;
    here = next;
  }
  throw new DownloadError('untrusted', `${describeUrl(url)} redirects in a circle: giving up.`);
}

/** `https://user:password@host` as a header: `fetch` refuses such addresses, showing them in its error. */
function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}
