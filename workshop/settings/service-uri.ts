import { percentDecoded } from '../../lib/opensearch/percent-decoded';
import { PhotoSearchError } from '../../lib/errors';

/** User and password of a cluster. No kind of printing shows the password, `console.dir` included. */
export class Credentials {
  readonly #password: string;

  constructor(
    readonly username: string,
    password: string,
  ) {
    this.#password = password;
  }

  /** The value of the `authorization` header. */
  get authorization(): string {
    return `Basic ${Buffer.from(`${this.username}:${this.#password}`).toString('base64')}`;
  }
}

/** A cluster, as SERVICE_URI names it. */
export interface Service {
  /** Its nodes: `https://host:port`, with a path if the URI has one; never with credentials. */
  nodes: string[];
  /** The nodes' `host:port`, as messages name them. */
  host: string;
  /** Whether they speak TLS. */
  secure: boolean;
  /** Absent where the URI names no user. */
  credentials?: Credentials;
}

const example = 'https://user:password@host:port';

/**
 * Takes SERVICE_URI apart: `https://user:password@host:port`, or several of them with commas between, for the nodes
 * of one cluster. The password may be percent-encoded, or hold `# / ? @ : %` just as they are: the last `@` ends it.
 *
 * @throws PhotoSearchError, never with the password in it, if a part is missing or can be read in two ways
 */
export function parseServiceUri(serviceUri: string): Service {
  const parts = serviceUri.trim().split(/\s*,\s*(?=https?:\/\/)/i);
  const nodes = parts.map(parseNode);
  const credentials = nodes.find((node) => node.credentials)?.credentials;
  if (nodes.some((node) => differ(node.credentials, credentials))) {
    throw new PhotoSearchError(
      'SERVICE_URI names several users or passwords: the nodes of one cluster share one, so give it once.',
    );
  }
  return {
    nodes: nodes.map(({ url }) => url),
    host: nodes.map(({ host }) => host).join(', '),
    secure: nodes.every(({ url }) => url.startsWith('https:')),
    credentials,
  };
}

function differ(a: Credentials | undefined, b: Credentials | undefined): boolean {
  return a !== undefined && a.authorization !== b?.authorization;
}

/** SERVICE_URI as it may be shown: without user and password. */
export function withoutCredentials(serviceUri: string): string {
  return parseServiceUri(serviceUri).nodes.join(',');
}

interface Node {
  url: string;
  host: string;
  credentials?: Credentials;
}

function parseNode(uri: string): Node {
  if (/^["'`]|["'`]$/.test(uri)) {
    throw new PhotoSearchError(
      'SERVICE_URI begins or ends with a quotation mark: in .env close the quotes, elsewhere leave them out.',
    );
  }
  if (/^SERVICE_URI\s*=/i.test(uri)) {
    throw new PhotoSearchError(`SERVICE_URI holds its own name: write what follows the '=' only, ${example}.`);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase();
  if (scheme !== 'https' && scheme !== 'http') {
    throw new PhotoSearchError(
      `SERVICE_URI must begin with https:// (or http:// for a server without TLS)` +
        (scheme === undefined
          ? `: copy the whole service URI, ${example}.`
          : `, not ${scheme}://: copy the URI of OpenSearch itself, ${example}.`),
    );
  }
  const rest = uri.slice(scheme.length + 3);
  const at = rest.lastIndexOf('@');
  const authority = rest.slice(at + 1);
  const misplaced = misplacedPiece(rest.slice(0, Math.max(at, 0)), authority);
  if (misplaced !== undefined) throw new PhotoSearchError(misplaced);
  const [, host = '', port, path = ''] =
    /^(\[[0-9a-f:.]+\]|[^\s:/?#,[\]@]+)(?::([^\s/?#,@]*))?(\/[^\s?#,]*)?$/i.exec(authority) ?? [];
  if (host === '') throw new PhotoSearchError(explainHost(at === -1, authority));
  if (host.startsWith('your-') || /(^|\.)example\.(com|org|net)$/i.test(host)) {
    throw new PhotoSearchError(
      `SERVICE_URI still holds the example value (host ${host}): put your own service URI there, ` +
        "or leave it empty to use an OpenSearch of the workshop's own.",
    );
  }
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)) {
    // Not shown: without an '@' it may be a password whose host is missing.
    throw new PhotoSearchError(
      `SERVICE_URI has a port that is not a number from 1 to 65535: it must look like ${example}.`,
    );
  }
  const shownPort = port ?? (scheme === 'https' ? '443' : '80');
  const address = { url: `${scheme}://${host}:${shownPort}${path.replace(/\/+$/, '')}`, host: `${host}:${shownPort}` };
  if (!URL.canParse(address.url)) {
    throw new PhotoSearchError(
      `SERVICE_URI has a host that is neither a name nor an IP address: it must look like ${example}.`,
    );
  }
  return at === -1 ? address : { ...address, credentials: parseCredentials(rest.slice(0, at)) };
}

/**
 * What was pasted twice, or in the wrong place. A password may hold nearly anything, so only what no password is likely
 * to be counts there.
 *
 * @param userinfo what stands before the last `@`; empty where there is none
 * @param authority what follows it: host, port and path
 * @returns the sentence for the reader, without any part of the URI in it; undefined if all is in its place
 */
function misplacedPiece(userinfo: string, authority: string): string | undefined {
  const secondScheme = /^https?:\/\/|@[^@]*[\s;|]https?:\/\//i;
  if (secondScheme.test(userinfo) || /https?:\/\//i.test(authority)) {
    return (
      `SERVICE_URI has a second https:// or http:// in it: write it once, as in ${example}, ` +
      'or separate several nodes by commas.'
    );
  }
  if (userinfo !== '' && userinfo === twice(userinfo)) {
    return `SERVICE_URI has user and password twice: write them once, as in ${example}.`;
  }
  // `host.cloud:9200@user:password`
  if (/^[^\s:/@]+\.[^\s:/@]+:\d+$/.test(userinfo) && /^[^:]+:(?!\d+(\/|$))/.test(authority)) {
    return `SERVICE_URI has user and password after the host: they come before it, as in ${example}.`;
  }
  if (/^(\[[0-9a-f:.]+\]|[^\s:/?#,[\]]+)(:\d*){2,}(\/|$)/i.test(authority)) {
    return `SERVICE_URI has two ports: write one, as in ${example}.`;
  }
  if (/^[^,?#]*\/[^,?#]*:\d+\/*$/.test(authority)) {
    return `SERVICE_URI has its port after the path: it follows the host, as in ${example}/path.`;
  }
  if (/:\d+(\/[^,]*)?,/.test(authority)) {
    return `SERVICE_URI names several nodes: write https:// before each, with a comma between.`;
  }
  if (/^[^?#]+[?#]/.test(authority) && userinfo !== '') {
    return `SERVICE_URI continues after the address with '?' or '#': end it there, as in ${example}.`;
  }
  return undefined;
}

/** `a@a` for `a@a`, else something else. */
function twice(text: string): string {
  const half = text.slice(0, (text.length - 1) / 2);
  return `${half}@${half}`;
}

function explainHost(noCredentials: boolean, authority: string): string {
  // Without an '@' what stands here may be a password whose host is missing, so it is not shown.
  if (noCredentials || authority === '') {
    return `SERVICE_URI has no valid host: it must look like ${example}.`;
  }
  return `SERVICE_URI names no host after its last '@': it must look like ${example}, several separated by commas.`;
}

function parseCredentials(userinfo: string): Credentials {
  const colon = userinfo.indexOf(':');
  if (colon < 1 || colon === userinfo.length - 1) {
    throw new PhotoSearchError(
      `SERVICE_URI has no ${colon < 1 ? 'user or no ' : ''}password: it must look like ${example}.`,
    );
  }
  return new Credentials(percentDecoded(userinfo.slice(0, colon)), percentDecoded(userinfo.slice(colon + 1)));
}
