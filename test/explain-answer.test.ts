import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { RequestError } from '../workshop/opensearch/request-error';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings } from '../workshop/settings';
import { listen } from './support/loopback';
import { testOpenSearchUrl } from './support/test-opensearch';

let client: Client;
const index = 'test-explain-answer';
const missing = `${index}-missing`;
const vectorField = (engine: 'lucene' | 'nmslib') => ({
  ...{ type: 'knn_vector' as const, dimension: 4 },
  method: { name: 'hnsw', engine, space_type: 'cosinesimil' as const },
});
const bodyWith = (engine: 'lucene' | 'nmslib') => ({
  settings: { index: { knn: true } },
  mappings: { dynamic: 'strict' as const, properties: { embedding: vectorField(engine) } },
});
const nearest = (vector: number[]) => ({ query: { knn: { embedding: { vector, k: 3 } } } });

before(async () => {
  client = await connect(await testOpenSearchUrl());
  await client.indices.delete({ index: `${index}*` });
  await client.indices.create({ index, body: bodyWith('lucene') });
});

after(async () => {
  await client.indices.delete({ index: `${index}*` });
  await client.close();
});

async function connect(url: string): Promise<Client> {
  return connectOpenSearch(readSettings({ SERVICE_URI: url }, '/none'), { patienceMs: 0, notice: () => undefined });
}

/** Writes a document to the index while it has this block. */
async function whileBlocked(name: string): Promise<void> {
  const block = (value: true | null) =>
    client.indices.putSettings({ index, body: { index: { blocks: { [name]: value } } } });
  await block(true);
  await client.index({ index, body: { embedding: [1, 2, 3, 4] } }).finally(() => block(null));
}

async function searchGuessed(): Promise<void> {
  const guessed = `${index}-guessed`;
  await client.index({ index: guessed, body: { embedding: [1, 2, 3, 4] }, refresh: true });
  await client.search({ index: guessed, body: nearest([1, 2, 3, 4]) });
}

const noIndex = /^There is no index 'test-explain-answer-missing' at .*: run notebook 1 \(1-.*\.ipynb\) first\.$/;
const noFit =
  /^A vector of 3 numbers does not fit the index, whose vectors have 4: it comes from another model\. Set CLIP_MODEL/;
const exists = /^Index 'test-explain-answer' already exists: keep it and continue, or run notebook 1 with recreate/;
const guessed =
  /^The index's field 'embedding' holds no k-NN vectors: the photos were uploaded before.* Run notebook 1/;
const old = /no longer makes indexes with the nmslib engine: write engine: 'lucene'/;
const noField = /^The index has no field 'embeding': .* notebook 1 and run it with recreate set to true\.$/;
const full = /^Index 'test-explain-answer' accepts no documents because OpenSearch's disk is more than 95 % full/;
const blocked = /^Index 'test-explain-answer' is blocked: FORBIDDEN\/8\/index write.*"index.blocks.write": null/;
const words = /^OpenSearch refused it \(parsing_exception\): \[match\] query does not support \[nonsense\]\.$/;
const nonsense = { query: { match: { a: { nonsense: 1 } } } } as never;
/** What the server refuses, and how it is explained. */
const refusals: [what: string, statusCode: number, says: RegExp, () => Promise<unknown>][] = [
  ['an index that exists', 400, exists, () => client.indices.create({ index })],
  ['no index when searching', 404, noIndex, () => client.search({ index: missing })],
  ['no index when reading', 404, noIndex, () => client.get({ index: missing, id: '1' })],
  ['no index when deleting', 404, noIndex, () => client.indices.delete({ index: missing })],
  ['another length when indexing', 400, noFit, () => client.index({ index, body: { embedding: [1, 2, 3] } })],
  ['another length when searching', 400, noFit, () => client.search({ index, body: nearest([1, 2, 3]) })],
  ['vectors uploaded before the index was made', 400, guessed, searchGuessed],
  ['an old engine', 400, old, () => client.indices.create({ index: `${index}-nmslib`, body: bodyWith('nmslib') })],
  ['zeros', 400, /^A vector of zeros has no dir/, () => client.index({ index, body: { embedding: [0, 0, 0, 0] } })],
  ['a misspelt field', 400, noField, () => client.index({ index, body: { embeding: [1, 2, 3, 4] } })],
  ['an index blocked since the disk is full', 429, full, () => whileBlocked('read_only_allow_delete')],
  ['an index that someone blocked', 403, blocked, () => whileBlocked('write')],
  ['no such document', 404, /found nothing at GET \/test.*\/_doc\/nobody/, () => client.get({ index, id: 'nobody' })],
  ['anything else, by its deepest reason', 400, words, () => client.search({ index, body: nonsense })],
];
for (const [what, statusCode, message, request] of refusals) {
  test(`what the server refuses is explained: ${what}`, async () => {
    await assert.rejects(request(), { name: 'RequestError', statusCode, message });
  });
}

interface Answer {
  status?: number;
  type?: string;
  body: string;
  /** What is answered to `GET _cat/plugins`, if anything else. */
  plugins?: string;
}

/** A server that gives this answer to every request. */
async function fakeServer({ status = 200, type = 'application/json', body, plugins }: Answer): Promise<string> {
  const server = http.createServer(({ url }, response) => {
    response.writeHead(status, { 'content-type': type }).end(url === '/' ? body : (plugins ?? body));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body });
const page = (status: number, body: string): Answer => ({ status, type: 'text/html', body: `<html>${body}</html>` });
const version = (values: object, plugins?: string): Answer => ({
  ...{ body: JSON.stringify({ version: values, tagline: 'You Know, for Search' }), plugins },
});
const error = (type: string, reason: string, status = 400): Answer => ({
  ...{ status, body: JSON.stringify({ error: { root_cause: [{ type, reason }], type, reason }, status }) },
});
const noPlugin = /has no k-NN plugin: use the full OpenSearch distribution/;
const elastic = /is Elasticsearch 8\.15\.0, which has another k-NN search: set SERVICE_URI to the URI of an OpenSearch/;
const notOpenSearch = /is not OpenSearch.*404.*Welcome to nginx!.*check host and port/;
const tooOld = /is 2\.11\.0: the workshop needs 2\.17 or newer/;
const starting = /is not ready \(503: OpenSearch Security not initialized\.\): it is starting or overloaded/;
const https = /speaks https: write https:\/\//;
const wantsPassword = /asks for a user and a password: write them into SERVICE_URI/;
const answers: [what: string, answer: Answer, says: RegExp][] = [
  ['Elasticsearch, with its version', version({ number: '8.15.0', build_flavor: 'default' }), elastic],
  ['a web page', page(404, '<h1>Welcome to nginx!</h1>'), notOpenSearch],
  ['an OpenSearch that is too old', version({ number: '2.11.0', distribution: 'opensearch' }), tooOld],
  ['one without the k-NN plugin', version({ number: '2.19.1', distribution: 'opensearch' }, '[]'), noPlugin],
  // This one and the next: recorded from OpenSearch 3.6.0 without the plugin, in short.
  ['no setting index.knn', error('settings_exception', 'unknown setting [index.knn] please check that'), noPlugin],
  ['no knn_vector', error('mapper_parsing_exception', 'No handler for type [knn_vector] declared on'), noPlugin],
  ['a security plugin that is still starting', text(503, 'OpenSearch Security not initialized.'), starting],
  ['a proxy with nothing behind', page(502, '<title>502 Bad Gateway</title>'), /is not ready \(502: 502 Bad Gateway\)/],
  ["a proxy's limit", text(429, 'Too Many Requests'), /is busy and rejected GET \/ \(429\): wait a little/],
  ['the https port of nginx', page(400, '<center>The plain HTTP request was sent to HTTPS port</center>'), https],
  ['one that wants a password', text(401, 'Unauthorized'), wantsPassword],
];
for (const [what, answer, message] of answers) {
  test(`what answers instead of an OpenSearch is named, with what to do: ${what}`, async () => {
    await assert.rejects(connect(await fakeServer(answer)), { message });
  });
}

test('a user without the right to ask for version and plugins is let in', async () => {
  const forbidden = error('security_exception', 'no permissions for [cluster:monitor/main]', 403);
  const limited = await connect(await fakeServer(forbidden));
  assert.match(JSON.stringify(limited), /version not shown/);
  const message = /^User 'nobody' is not allowed to do this at .*403 at GET \/_cluster\/health.*no permissions for/;
  await assert.rejects(
    limited.cluster.health(),
    (error) => error instanceof RequestError && message.test(error.message),
  );
});
