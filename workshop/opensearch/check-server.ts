import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { RequestError } from './request-error';
import { needPlugin } from './explain-reason';

/** The oldest OpenSearch that should work; the tests use 2.19.1 and 3.6.0. */
const oldest = [2, 17] as const;

/**
 * Checks that OpenSearch 2.17 or newer answers, with k-NN.
 *
 * A user without the right to ask for the version or the plugins (403) is let through: what is missing then shows when
 * the index is made.
 *
 * @returns its version, such as `3.6.0`, or undefined where the user may not ask
 * @throws PhotoSearchError if something else answers, if it is too old, or if it has no k-NN plugin
 */
export async function checkServer(
  client: Client,
  { host, timeoutMs }: { host: string; timeoutMs: number },
): Promise<string | undefined> {
  const options = { requestTimeout: timeoutMs };
  const info = await unlessForbidden(client.info({}, options));
  const version = info && versionIn(info.body, host);
  const plugins = await unlessForbidden(client.cat.plugins({ format: 'json', h: ['component'] }, options));
  if (plugins && !JSON.stringify(plugins.body).includes('opensearch-knn')) {
    throw new PhotoSearchError(`OpenSearch at ${host} has no k-NN plugin: ${needPlugin}`);
  }
  return version;
}

async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestError && error.statusCode === 403) return undefined;
    throw error;
  }
}

function versionIn(body: unknown, host: string): string {
  const { version, tagline = '' } = (typeof body === 'object' && body !== null ? body : {}) as {
    version?: { number?: string; distribution?: string };
    tagline?: string;
  };
  if (version?.distribution !== 'opensearch' || version.number === undefined) {
    const what = /You Know, for Search/i.test(tagline)
      ? `Elasticsearch ${version?.number ?? ''}`.trim() + ', which has another k-NN search'
      : 'not OpenSearch';
    throw new PhotoSearchError(
      `The server at ${host} is ${what}: set SERVICE_URI to the URI of an OpenSearch, or leave it empty to use the workshop's own.`,
    );
  }
  const [major = 0, minor = 0] = version.number.split('.').map(Number);
  // A setting for old tools makes any OpenSearch call itself 7.10.2.
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new PhotoSearchError(
      `OpenSearch at ${host} is ${version.number}: the workshop needs ${oldest.join('.')} or newer. Upgrade it, or leave SERVICE_URI empty to use the workshop's own.`,
    );
  }
  return version.number;
}
