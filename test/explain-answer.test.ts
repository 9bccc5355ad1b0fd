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
let host: string;
const index = 'test-explain-answer';
const servers: http.Server[] = [];

before(async () => {
  const url = await testOpenSearchUrl();
  host = new URL(url).host;
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

test('an index that exists: keep it or start over', async () => {
  const { message, statusCode, type } = await failureOf(client.indices.create({ index }));
  assert.equal(
    message,
    `There is an index '${index}' already: keep it and go on, or run notebook 1 with recreate set to true to start over without its photos.`,
  );
  assert.equal(statusCode, 400);
  assert.equal(type, 'resource_already_exists_exception');
});

test('no such index: run notebook 1, whichever request asks for it', async () => {
  const missing = `${index}-missing`;
  const requests = [
    () => client.search({ index: missing }),
    () => client.count({ index: missing }),
    () => client.get({ index: missing, id: '1' }),
    () => client.indices.delete({ index: missing }),
    () => client.indices.getMapping({ index: missing }),
  ];
  for (const request of requests) {
    const { message, statusCode } = await failureOf(request());
    assert.equal(
      message,
      `There is no index '${missing}' at ${host}: run notebook 1 (1-prepare-opensearch.ipynb) first.`,
    );
    assert.equal(statusCode, 404);
  }
});

test('a vector of another length: both lengths, when indexing as when searching', async () => {
  const indexing = await failureOf(client.index({ index, body: { embedding: [1, 2, 3] } }));
  const query = { knn: { embedding: { vector: [1, 2, 3], k: 3 } } };
  const searching = await failureOf(client.search({ index, body: { query } }));
  for (const { message } of [indexing, searching]) {
    assert.match(
      message,
      /^A vector of 3 numbers does not fit the index, whose vectors have 4: it comes from another model\. Set CLIP_MODEL/,
    );
  }
});

test('vectors uploaded before the index was made: run notebook 1 with recreate', async () => {
  const guessed = `${index}-guessed`;
  await client.index({ index: guessed, body: { embedding: [1, 2, 3, 4] }, refresh: true });
  const query = { knn: { embedding: { vector: [1, 2, 3, 4], k: 3 } } };
  const { message } = await failureOf(client.search({ index: guessed, body: { query } }));
  assert.match(
    message,
    /^The index's field 'embedding' holds no k-NN vectors: the photos were uploaded before.* Run notebook 1/,
  );
});

test('the nmslib engine of old tutorials: write lucene', async () => {
  const body = {
    settings: { index: { knn: true } },
    mappings: { properties: { embedding: vectorField(4, 'nmslib') } },
  };
  const { message } = await failureOf(client.indices.create({ index: `${index}-nmslib`, body }));
  assert.match(message, /no longer makes indexes with the nmslib engine: write engine: 'lucene'/);
});

test('a vector of zeros: it has no direction', async () => {
  const { message } = await failureOf(client.index({ index, body: { embedding: [0, 0, 0, 0] } }));
  assert.match(message, /^A vector of zeros alone has no direction/);
});

test('a misspelt field: its name', async () => {
  const { message } = await failureOf(client.index({ index, body: { embeding: [1, 2, 3, 4] } }));
  assert.match(
    message,
    /^The index has no field 'embeding': .* notebook 1 and run it with recreate set to true\.$/,
  );
});

test('an index that is blocked since the disk is full (429): the disk, and that the block goes by itself', async () => {
  await client.indices.putSettings({
    index,
    body: { index: { blocks: { read_only_allow_delete: true } } },
  });
  try {
    const { message, statusCode } = await failureOf(
      client.index({ index, body: { embedding: [1, 2, 3, 4] } }),
    );
    assert.equal(statusCode, 429);
    assert.match(
      message,
      new RegExp(
        `^Index '${index}' takes no documents because the disk of OpenSearch is more than 95 % full`,
      ),
    );
  } finally {
    await client.indices.putSettings({
      index,
      body: { index: { blocks: { read_only_allow_delete: null } } } as never,
    });
  }
});

test('an index that someone blocked (403): which block, and how to lift it', async () => {
  await client.indices.putSettings({ index, body: { index: { blocks: { write: true } } } });
  try {
    const { message, statusCode } = await failureOf(
      client.index({ index, body: { embedding: [1, 2, 3, 4] } }),
    );
    assert.equal(statusCode, 403);
    assert.match(
      message,
      new RegExp(
        `^Index '${index}' is blocked: FORBIDDEN/8/index write.*"index.blocks.write": null`,
      ),
    );
  } finally {
    await client.indices.putSettings({
      index,
      body: { index: { blocks: { write: null } } } as never,
    });
  }
});

test('a document that is not there: 404, told apart by its status', async () => {
  const { message, statusCode } = await failureOf(client.get({ index, id: 'nobody' }));
  assert.match(message, /found nothing at GET \/test-explain-answer\/_doc\/nobody/);
  assert.equal(statusCode, 404);
});

test('anything else: the type and the deepest reason of OpenSearch', async () => {
  const body = { query: { match: { a: { nonsense: 1 } } } } as never;
  const { message } = await failureOf(client.search({ index, body }));
  assert.equal(
    message,
    'OpenSearch refused it (parsing_exception): [match] query does not support [nonsense].',
  );
});

/** A server with these answers: bodies by path, or one status for everything. */
async function fakeServer(
  answer: (path: string) => { status?: number; type?: string; body: string },
): Promise<string> {
  const server = http.createServer((request, response) => {
    const { status = 200, type = 'application/json', body } = answer(request.url ?? '');
    response.writeHead(status, { 'content-type': type }).end(body);
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

const info = (version: string, distribution = 'opensearch') =>
  JSON.stringify({
    version: { number: version, distribution },
    tagline: 'The OpenSearch Project: https://opensearch.org/',
  });

test('Elasticsearch instead of OpenSearch is told apart, with its version', async () => {
  // What Elasticsearch 8 answers at its root, in short.
  const body =
    '{"name":"a","cluster_name":"b","version":{"number":"8.15.0","build_flavor":"default"},"tagline":"You Know, for Search"}';
  const message = await refusalOf(await fakeServer(() => ({ body })));
  assert.match(
    message,
    /is Elasticsearch 8\.15\.0, whose k-NN search works otherwise: write the URI of an OpenSearch/,
  );
});

test('a web page instead of OpenSearch: check host and port', async () => {
  const page = { type: 'text/html', body: '<html><h1>Welcome to nginx!</h1></html>' };
  assert.match(await refusalOf(await fakeServer(() => page)), /is no OpenSearch: write the URI/);
  const missing = { ...page, status: 404 };
  assert.match(
    await refusalOf(await fakeServer(() => missing)),
    /is not OpenSearch.*404.*Welcome to nginx!.*check host and port/,
  );
});

test('an OpenSearch that is too old: its version, and which is needed', async () => {
  const message = await refusalOf(await fakeServer(() => ({ body: info('2.11.0') })));
  assert.match(message, /is 2\.11\.0: the workshop needs 2\.17 or newer/);
});

test('a server without the k-NN plugin: use the full distribution', async () => {
  const url = await fakeServer((path) => ({ body: path === '/' ? info('2.19.1') : '[]' }));
  assert.match(await refusalOf(url), /has no k-NN plugin: use the full OpenSearch distribution/);
});

test('a user who may not ask for version and plugins is let in', async () => {
  const body =
    '{"error":{"type":"security_exception","reason":"no permissions for [cluster:monitor/main]"},"status":403}';
  const url = await fakeServer(() => ({ status: 403, body }));
  const limited = await connect(url);
  assert.match(JSON.stringify(limited), /version not shown/);
  const { message } = await failureOf(limited.cluster.health());
  assert.match(
    message,
    /^User 'nobody' may not do this at .*403 at GET \/_cluster\/health.*no permissions for/,
  );
  await limited.close();
});

const answers: [string, { status: number; type?: string; body: string }, RegExp][] = [
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
    assert.match(await refusalOf(await fakeServer(() => answer)), expected);
  });
}
