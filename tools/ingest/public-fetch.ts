import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { DownloadError } from '../../download/error';

/**
 * Makes a `fetch` for the public internet only: a list of addresses, or a server that redirects, may name what only this
 * machine or its network should reach (SSRF). It is the address of the very connection that is looked at, since a name
 * may stand for another one a moment later (DNS rebinding). Proxies are not used: they look names up themselves.
 *
 * Ranges: IANA's registries of special addresses, as `ipaddr.js` has them.
 *
 * @param allowed names or addresses of hosts that may be anywhere, with or without a port
 */
export function publicFetch(allowed: readonly string[]): typeof fetch {
  const allowedHosts = allowed.map((host) =>
    URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replaceAll(/[[\]]/g, '') : host,
  );
  const refusal = (host: string, address: string): DownloadError | undefined => {
    const range = ipaddr.isValid(address) ? ipaddr.process(address).range() : 'unknown';
    if (range === 'unicast' || allowedHosts.includes(host)) return undefined;
    const what = host === address ? host : `${host} is ${address}, which`;
    return new DownloadError('refused', `${what} is not on the public internet (${range}): see --allow-private`);
  };

  /** Node's own, which fails where one of the name's addresses is refused. */
  const publicLookup: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const [first] = error ? [] : found;
      const refused = first && found.map(({ address }) => refusal(host, address)).find(Boolean);
      if (!first || refused) callback(error ?? refused ?? new Error(`${host} has no address`), []);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ lookup: publicLookup });
  const dispatcher = new Agent({
    connect(target, callback) {
      // An address is not looked up.
      const refused = isIP(target.hostname) > 0 ? refusal(target.hostname, target.hostname) : undefined;
      if (refused) callback(refused, null);
      else connect(target, callback);
    },
  });
  return ((url: URL, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
