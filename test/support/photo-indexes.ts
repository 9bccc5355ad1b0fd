import type { TestContext } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import type { ModelIdentity } from '../../lib/model/model-identity';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import { createPhotoIndex, photoIndexBody } from '../../lib/photo-index';
import { readSettings } from '../../workshop/settings';
import { testOpenSearchUrl } from './test-opensearch';

/** A client of ours for the tests' server, or for a proxy before it; it ends with the process. */
export async function testClient(
  options: { url?: string; patienceMs?: number; requestTimeoutMs?: number } = {},
): Promise<Client> {
  const { url = await testOpenSearchUrl(), ...patience } = options;
  const settings = { ...readSettings({}, ''), serviceUri: url };
  return connectOpenSearch(settings, { notice: () => undefined, ...patience });
}

/** An empty index of photos under a name of its own, gone after the test. */
export async function emptyPhotoIndex(t: TestContext, client: Client, identity: ModelIdentity): Promise<string> {
  const index = `test-upload-${process.pid}-${Math.random().toString(36).slice(2)}`;
  await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
  t.after(() => client.indices.delete({ index, ignore_unavailable: true }));
  return index;
}

/** All of an index: each document with its vector, by `_id`. */
export async function wholeIndex(client: Client, index: string): Promise<Map<string, unknown>> {
  await client.indices.refresh({ index });
  const { body } = await client.search({ index, body: { size: 10_000, sort: ['image_url'] } });
  return new Map(body.hits.hits.map(({ _id, _source }) => [_id ?? '', _source]));
}
