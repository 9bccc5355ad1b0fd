import { inspect } from 'node:util';
import { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from './errors';

export interface ClientOptions {
  /** Certificate of the authority that signed the cluster's own, in PEM, where it is not a public one. */
  ca?: string | Buffer | undefined;
}

/**
 * A client for a cluster of OpenSearch. It prints as host and port, never with the password.
 *
 * @param serviceUri `https://user:password@host:port`, as providers show it; special characters percent-encoded
 * @throws PhotoSearchError if `serviceUri` is not a web address
 */
export function openClient(serviceUri: string, { ca }: ClientOptions = {}): Client {
  if (!/^https?:/i.test(serviceUri) || !URL.canParse(serviceUri)) {
    throw new PhotoSearchError('The service URI is not a web address: write https://user:password@host:port.');
  }
  const { username, password, origin, pathname, host } = new URL(serviceUri);
  const auth = { username: decoded(username), password: decoded(password) };
  const client = new Client({
    node: origin + pathname,
    ...(username !== '' && { auth }),
    ...(ca !== undefined && { ssl: { ca } }),
  });
  const hidden = { enumerable: false, value: () => `OpenSearch at ${host}` };
  return Object.defineProperties(client, { [inspect.custom]: hidden, toJSON: hidden });
}

/** A bare `%` in a password stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
