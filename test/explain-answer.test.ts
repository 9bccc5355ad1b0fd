import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { RequestError, PhotoSearchError } from '../lib/errors';
import { connectOpenSearch } from '../workshop/opensearch';
import { readSettings } from '../workshop/settings';
import { testOpenSearchUrl } from './support/test-opensearch';

let client: Client;
const index = 'test-explain-answer';
const missing = `${index}-missing`;
const servers: http.Server[] = [];

before(async () => {
  const url = await testOpenSearchUrl();
  client = await connect(url);
  await client.indices.delete({ index: `${index}*` });
  await client.indices.create({
    index,
    body: {
      settings: { index: { knn: true } },
      mappings: { dynamic: 'strict', properties: { embedding: vectorField(4) } },
    },
  });
});

after(async () => {
  await client.indices.delete({ index: `${index}*` });
  await client.close();
  for (const server of servers) server.close();
});

function vectorField(dimension: number, engine: 'lucene' | 'nmslib' = 'lucene') {
  return {
    type: 'knn_vector' as const,
    dimension,
    method: { name: 'hnsw', engine, space_type: 'cosinesimil' as const },
  };
}

async function connect(url: string, patienceMs = 0): Promise<Client> {
  return connectOpenSearch(readSettings({ SERVICE_URI: url }, '/none'), {
    patienceMs,
    notice: () => undefined,
  });
}

async function failureOf(request: Promise<unknown>): Promise<RequestError> {
  const error = await request.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RequestError, String(error));
  return error;
}

/** What the server refuses, and how it is explained. */
const refusals: [what: string, statusCode: number, says: RegExp, () => Promise<unknown>][] = [
  [
    'an index that exists: keep it or start over',
    400,
    /^There is an index 'test-explain-answer' already: keep it and go on, or run notebook 1 with recreate/,
    () => client.indices.create({ index }),
  ],
  ...Object.entries({
    searching: () => client.search({ index: missing }),
    reading: () => client.get({ index: missing, id: '1' }),
    deleting: () => client.indices.delete({ index: missing }),
  }).map(([doing, request]): (typeof refusals)[number] => [
    `no such index when ${doing}: run notebook 1`,
    404,
    /^There is no index 'test-explain-answer-missing' at .*: run notebook 1 \(1-prepare-opensearch\.ipynb\) first\.$/,
    request,
  ]),
  ...Object.entries({
    indexing: () => client.index({ index, body: { embedding: [1, 2, 3] } }),
    searching: () => client.search({ index, body: { query: nearest([1, 2, 3]) } }),
  }).map(([doing, request]): (typeof refusals)[number] => [
    `a vector of another length when ${doing}: both lengths`,
    400,
    /^A vector of 3 numbers does not fit the index, whose vectors have 4: it comes from another model\. Set CLIP_MODEL/,
    request,
  ]),
  [
    'vectors uploaded before the index was made: run notebook 1 with recreate',
    400,
    /^The index's field 'embedding' holds no k-NN vectors: the photos were uploaded before.* Run notebook 1/,
    async () => {
      const guessed = `${index}-guessed`;
      await client.index({ index: guessed, body: { embedding: [1, 2, 3, 4] }, refresh: true });
      await client.search({ index: guessed, body: { query: nearest([1, 2, 3, 4]) } });
    },
  ],
  [
    'the nmslib engine of old tutorials: write lucene',
    400,
    /no longer makes indexes with the nmslib engine: write engine: 'lucene'/,
    () => {
      const mappings = { properties: { embedding: vectorField(4, 'nmslib') } };
      const body = { settings: { index: { knn: true } }, mappings };
      return client.indices.create({ index: `${index}-nmslib`, body });
    },
  ],
  [
    'a vector of zeros: it has no direction',
    400,
    /^A vector of zeros alone has no direction/,
    () => client.index({ index, body: { embedding: [0, 0, 0, 0] } }),
  ],
  [
    'a misspelt field: its name',
    400,
    /^The index has no field 'embeding': .* notebook 1 and run it with recreate set to true\.$/,
    () => client.index({ index, body: { embeding: [1, 2, 3, 4] } }),
  ],
  [
    'an index that is blocked since the disk is full: the disk, and that the block goes by itself',
    429,
    /^Index 'test-explain-answer' takes no documents because the disk of OpenSearch is more than 95 % full/,
    () => whileBlocked('read_only_allow_delete'),
  ],
  [
    'an index that someone blocked: which block, and how to lift it',
    403,
    /^Index 'test-explain-answer' is blocked: FORBIDDEN\/8\/index write.*"index.blocks.write": null/,
    () => whileBlocked('write'),
  ],
  [
    'a document that is not there: told apart by its status',
    404,
    /found nothing at GET \/test-explain-answer\/_doc\/nobody/,
    () => client.get({ index, id: 'nobody' }),
  ],
  [
    'anything else: the type and the deepest reason of OpenSearch',
    400,
    /^OpenSearch refused it \(parsing_exception\): \[match\] query does not support \[nonsense\]\.$/,
    () => client.search({ index, body: { query: { match: { a: { nonsense: 1 } } } } as never }),
  ],
];

function nearest(vector: number[]) {
  return { knn: { embedding: { vector, k: 3 } } };
}

/** Writes a document to the index while it has this block. */
async function whileBlocked(name: string): Promise<void> {
  const block = (value: true | null) =>
    client.indices.putSettings({ index, body: { index: { blocks: { [name]: value } } } });
  await block(true);
  try {
    await client.index({ index, body: { embedding: [1, 2, 3, 4] } });
  } finally {
    await block(null);
  }
}

for (const [what, statusCode, says, request] of refusals) {
  test(what, async () => {
    const error = await failureOf(request());
    assert.match(error.message, says);
    assert.equal(error.statusCode, statusCode);
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
async function fakeServer({ status = 200, type = 'application/json', body, plugins }: Answer) {
  const server = http.createServer(({ url }, response) => {
    response.writeHead(status, { 'content-type': type }).end(url === '/' ? body : (plugins ?? body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

async function refusalOf(url: string): Promise<string> {
  const error = await connect(url).then(
    () => assert.fail('connected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PhotoSearchError, String(error));
  assert.ok(!error.message.includes('SECRET'));
  return error.message;
}

test('a user who may not ask for version and plugins is let in', async () => {
  const body =
    '{"error":{"type":"security_exception","reason":"no permissions for [cluster:monitor/main]"},"status":403}';
  const url = await fakeServer({ status: 403, body });
  const limited = await connect(url);
  assert.match(JSON.stringify(limited), /version not shown/);
  const { message } = await failureOf(limited.cluster.health());
  assert.match(message, /^User 'nobody' may not do this at .*403 at GET \/_cluster\/health.*no permissions for/);
  await limited.close();
});

const answers: [string, Answer, RegExp][] = [
  [
    // What Elasticsearch 8 answers at its root, in short.
    'Elasticsearch instead of OpenSearch: told apart, with its version',
    {
      body: '{"name":"a","cluster_name":"b","version":{"number":"8.15.0","build_flavor":"default"},"tagline":"You Know, for Search"}',
    },
    /is Elasticsearch 8\.15\.0, whose k-NN search works otherwise: write the URI of an OpenSearch/,
  ],
  [
    'a web page instead of OpenSearch: check host and port',
    { status: 404, type: 'text/html', body: '<html><h1>Welcome to nginx!</h1></html>' },
    /is not OpenSearch.*404.*Welcome to nginx!.*check host and port/,
  ],
  [
    'an OpenSearch that is too old: its version, and which is needed',
    { body: '{"version":{"number":"2.11.0","distribution":"opensearch"}}' },
    /is 2\.11\.0: the workshop needs 2\.17 or newer/,
  ],
  [
    'a server without the k-NN plugin: use the full distribution',
    { body: '{"version":{"number":"2.19.1","distribution":"opensearch"}}', plugins: '[]' },
    /has no k-NN plugin: use the full OpenSearch distribution/,
  ],
  [
    // This one and the next: recorded from OpenSearch 3.6.0 without the plugin.
    'index.knn unknown to the server: no k-NN plugin',
    {
      status: 400,
      body: '{"error":{"root_cause":[{"type":"settings_exception","reason":"unknown setting [index.knn] please check that any required plugins are installed, or check the breaking changes documentation for removed settings"}],"type":"settings_exception","reason":"unknown setting [index.knn] please check that any required plugins are installed, or check the breaking changes documentation for removed settings"},"status":400}',
    },
    /has no k-NN plugin: use the full OpenSearch/,
  ],
  [
    'knn_vector unknown to the server: no k-NN plugin',
    {
      status: 400,
      body: '{"error":{"root_cause":[{"type":"mapper_parsing_exception","reason":"No handler for type [knn_vector] declared on field [e]"}],"type":"mapper_parsing_exception","reason":"Failed to parse mapping [_doc]: No handler for type [knn_vector] declared on field [e]","caused_by":{"type":"mapper_parsing_exception","reason":"No handler for type [knn_vector] declared on field [e]"}},"status":400}',
    },
    /has no k-NN plugin/,
  ],
  [
    'a security plugin that is still starting: not ready',
    { status: 503, type: 'text/plain', body: 'OpenSearch Security not initialized.' },
    /is not ready \(503: OpenSearch Security not initialized\.\): it is starting or overloaded/,
  ],
  [
    'a proxy without a server behind it: not ready',
    { status: 502, type: 'text/html', body: '<html><title>502 Bad Gateway</title></html>' },
    /is not ready \(502: 502 Bad Gateway\)/,
  ],
  [
    "a proxy's limit: busy, wait a little",
    { status: 429, type: 'text/plain', body: 'Too Many Requests' },
    /is busy and turned GET \/ away \(429\): wait a little/,
  ],
  [
    "a managed service's limit of size: send fewer documents at a time",
    { status: 413, body: '{"Message":"Request size exceeded 10485760 bytes"}' },
    /takes no request as large as GET \/ was \(413\): send fewer documents/,
  ],
  [
    'http to the https port of nginx: write https://',
    {
      status: 400,
      type: 'text/html',
      body: '<html><center>The plain HTTP request was sent to HTTPS port</center></html>',
    },
    /speaks https: write https:\/\//,
  ],
  [
    'a server that wants a password, and none is given: write it into SERVICE_URI',
    { status: 401, type: 'text/plain', body: 'Unauthorized' },
    /asks for a user and a password: write them into SERVICE_URI/,
  ],
];
for (const [name, answer, expected] of answers) {
  test(name, async () => {
    assert.match(await refusalOf(await fakeServer(answer)), expected);
  });
}
