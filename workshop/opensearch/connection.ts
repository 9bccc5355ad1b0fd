import { EventEmitter } from 'node:events';
import type http from 'node:http';
import { Connection } from '@opensearch-project/opensearch';
import type { Credentials } from '../settings/service-uri';

type ConnectionOptions = ConstructorParameters<typeof Connection>[0];
type RequestArguments = Parameters<Connection['request']>;

/**
 * The client's connection class for a cluster with `credentials`. As the library's own class for signed requests does,
 * it adds them when a request is sent, so that neither the client nor anything that it hands out holds the password.
 */
export function connectionWith(credentials: Credentials | undefined): typeof Connection {
  return class extends Connection {
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

    /** Keeps Node's error, which has the code, as the cause of the client's, which has only a text. */
    override request(params: RequestArguments[0], callback: RequestArguments[1]) {
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
      if (request instanceof EventEmitter) {
        request.prependListener('error', (error: Error) => (cause = error));
      }
      return request;
    }
  };
}
