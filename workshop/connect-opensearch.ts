import { readFileSync } from 'node:fs';
import { Client } from '@opensearch-project/opensearch';
import type { Reached } from './opensearch/request-error';
import { printsAs } from '../lib/client';
import { showNotice, type Notice } from '../console/notice';
import { connectionWith } from './opensearch/connection';
import { checkServer } from './opensearch/check-server';
import { transportTo } from './opensearch/transport';
import { parseServiceUri, type Service } from './settings/service-uri';
import type { Settings } from './settings';

/** How to connect; the defaults suit a notebook. */
export interface ConnectOptions {
  /**
   * How long to retry a request that can't be answered now, in ms; longer than `requestTimeoutMs`, so a request without
   * an answer is tried a second time. @default 60_000
   */
  patienceMs?: number;
  /** How long the server may stay silent before a request counts as failed, in ms. @default 30_000 */
  requestTimeoutMs?: number;
  /** Receives the lines about waiting and insecure connections. @default showNotice */
  notice?: Notice;
}

/**
 * Connects to the cluster in `settings.serviceUri`, or to the workshop's own OpenSearch, starting it if necessary.
 * Waits for a server that is still booting.
 *
 * The client prints only host and version. Requests that fail are retried if that may help, then rejected as a
 * RequestError with an explanation.
 *
 * @throws PhotoSearchError if there is no connection, or no OpenSearch with k-NN behind it, and why
 */
export async function connectOpenSearch(
  settings: Settings,
  { patienceMs = 60_000, requestTimeoutMs = 30_000, notice = showNotice }: ConnectOptions = {},
): Promise<Client> {
  const { serviceUri } = settings;
  const service = serviceUri === undefined ? await localService(settings, notice) : parseServiceUri(serviceUri);
  const reached: Reached = {
    host: service.host,
    secure: service.secure,
    local: serviceUri === undefined,
    username: service.credentials?.username,
    caCert: settings.caCert,
  };
  if (settings.insecureTls && service.secure) {
    notice(
      `INSECURE_TLS=yes: the certificate of ${service.host} is not checked, so anyone in between can read the password. ` +
        'Set CA_CERT instead as soon as you can.',
    );
  }
  const client = new Client({
    nodes: service.nodes,
    Connection: connectionWith(service.credentials),
    Transport: transportTo(reached, { patienceMs, notice }),
    requestTimeout: requestTimeoutMs,
    ssl: {
      rejectUnauthorized: !settings.insecureTls,
      ca: settings.caCert === undefined ? undefined : readFileSync(settings.caCert),
    },
  });
  try {
    const version = await checkServer(client, { host: service.host, timeoutMs: Math.min(10_000, requestTimeoutMs) });
    return printsAs(client, `OpenSearch ${version ?? '(version not shown)'} at ${service.host}`);
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function localService({ openSearchHeapMb }: Settings, notice: Notice): Promise<Service> {
  const { startLocalOpenSearch, brokenIndexes } = localOpenSearch();
  const onWait = (seconds: number): void => {
    if (seconds === 1) notice("Starting the workshop's own OpenSearch: 5 to 20 s …", started);
  };
  const started: Promise<{ url: string }> = startLocalOpenSearch({ heapMb: openSearchHeapMb, onWait });
  const { url } = await started;
  for (const { message } of await brokenIndexes(url)) notice(message);
  return parseServiceUri(url);
}

/** Loaded on demand: with a cluster, it is not needed. (`import()` would not find it from all of our programs.) */
function localOpenSearch() {
  /* eslint-disable @typescript-eslint/no-require-imports */
  const { startLocalOpenSearch } = require('../local-opensearch/start') as typeof import('../local-opensearch/start');
  const { brokenIndexes } =
    require('../local-opensearch/broken-indexes') as typeof import('../local-opensearch/broken-indexes');
  /* eslint-enable @typescript-eslint/no-require-imports */
  return { startLocalOpenSearch, brokenIndexes };
}
