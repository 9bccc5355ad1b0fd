import { EventEmitter } from 'node:events';
import type http from 'node:http';
import { inspect } from 'node:util';
import { Client, Connection } from '@opensearch-project/opensearch';
import { PhotoSearchError } from './errors';
import { percentDecoded } from './opensearch/percent-decoded';

/**
 * A client for a cluster of OpenSearch. It prints as host and port, never with the password.
 *
 * @param serviceUri `https://user:password@host:port`, as providers show it; special characters percent-encoded
 * @param options `ca`: certificate of the authority that signed the cluster's own, in PEM, where it is not a public one
 * @throws PhotoSearchError if `serviceUri` is not a web address, or its user or password is percent-encoded in part only
 */
export function openClient(serviceUri: string, { ca }: { ca?: string | Buffer | undefined } = {}): Client {
  if (!/^https?:/i.test(serviceUri) || !URL.canParse(serviceUri)) {
    throw new PhotoSearchError('The service URI is not a web address: write https://user:password@host:port.');
  }
  const { origin, pathname, host } = new URL(serviceUri);
  // Not from `URL`, which percent-encodes what was written plainly.
  const userinfo = /^https?:\/*([^:/?#]*):?([^/?#]*)@/i.exec(serviceUri)?.slice(1) ?? [];
  const [username = '', password = ''] = userinfo.map(percentDecoded);
  const client = new Client({
    node: origin + pathname,
    Connection: EndingConnection,
    ...(username !== '' && { auth: { username, password } }),
    ...(ca !== undefined && { ssl: { ca } }),
  });
  return printsAs(client, `OpenSearch at ${host}`);
}

/** Lets `client` print as `text`, in a cell as in JSON: never with its password. */
export function printsAs(client: Client, text: string): Client {
  const hidden = { enumerable: false, value: () => text };
  return Object.defineProperties(client, { [inspect.custom]: hidden, toJSON: hidden });
}

/** The client's connection, but no request waits for ever, and each error has its cause. */
export class EndingConnection extends Connection {
  /** Keeps Node's error, which has the code, as the cause of the client's, which has only a text. */
  override request(...[params, callback]: Parameters<Connection['request']>) {
    let cause: Error | undefined;
    const request = super.request(params, (error, response) => {
      if (error) error.cause ??= cause;
      else {
        // The client prints errors after the response's beginning to the console, besides reporting them.
        request.removeAllListeners('error').on('error', () => undefined);
        // And it would wait forever for the end of an answer that falls silent.
        request.on('timeout', () => {
          (response as http.IncomingMessage).destroy();
        });
      }
      callback(error, response);
    });
    // Before the client's own listener. (A path that can't be sent is reported without a request.)
    if (request instanceof EventEmitter) request.prependListener('error', (error: Error) => (cause = error));
    return request;
  }
}
