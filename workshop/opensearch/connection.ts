import type http from 'node:http';
import type { Connection } from '@opensearch-project/opensearch';
import { EndingConnection } from '../../lib/client';
import type { Credentials } from '../settings/service-uri';

type ConnectionOptions = ConstructorParameters<typeof Connection>[0];

/**
 * The client's connection class for a cluster with `credentials`. As the library's own class for signed requests does,
 * it adds them when a request is sent: neither the client nor anything that it hands out holds the password.
 */
export function connectionWith(credentials: Credentials | undefined): typeof Connection {
  return class extends EndingConnection {
    constructor(options?: ConnectionOptions) {
      super(options);
      // The agent's sockets hold the headers of the running requests: console.dir would show them, and with showHidden
      // also where the property is not enumerable. It follows no getters.
      const { agent } = this;
      Object.defineProperty(this, 'agent', { enumerable: false, get: () => agent });
    }

    override buildRequestObject(params: unknown): http.ClientRequestArgs {
      const request = super.buildRequestObject(params);
      if (!credentials) return request;
      const headers = { ...(request.headers as http.OutgoingHttpHeaders) };
      return { ...request, headers: { ...headers, authorization: credentials.authorization } };
    }
  };
}
