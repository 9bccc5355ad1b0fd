import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { RequestError } from '../lib/errors';
import { connectOpenSearch } from '../workshop/opensearch';
import { readSettings } from '../workshop/settings';
import { makeCertificate } from './support/certificates';
import { startSecureOpenSearch, type SecureOpenSearch } from './support/secure-opensearch';

const password = 'P#a/s?s%w@o:r d-7';
const index = 'test-secure';
const folder = mkdtempSync(path.join(os.tmpdir(), 'secure-'));
let secure: SecureOpenSearch;
let client: Client;

before(async () => {
  secure = await startSecureOpenSearch(password);
  client = await connect();
});

after(async () => {
  await client.close();
  secure.stop();
  rmSync(folder, { recursive: true });
});

interface Wanted {
  user?: string;
  secret?: string;
  caCert?: string;
  uri?: string;
}

function connect({
  user = 'avnadmin',
  secret = password,
  caCert,
  uri,
}: Wanted = {}): Promise<Client> {
  const env = {
    SERVICE_URI: uri ?? `https://${user}:${secret}@${secure.host}`,
    CA_CERT: caCert ?? secure.caCert,
  };
  return connectOpenSearch(readSettings(env, '/none'), { patienceMs: 0, notice: () => undefined });
}

async function failureOf(request: Promise<unknown>): Promise<RequestError> {
  const error = await request.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RequestError, String(error));
  return error;
}

test('a password with # / ? % @ : opens the cluster, written as it is, percent-encoded, and quoted in .env', async () => {
  for (const secret of [password, encodeURIComponent(password)]) {
    const connected = await connect({ secret });
    assert.equal(JSON.stringify(connected), `"OpenSearch 2.19.1 at ${secure.host}"`);
    await connected.close();
  }
  const envFile = path.join(folder, '.env');
  writeFileSync(
    envFile,
    `SERVICE_URI='https://avnadmin:${password}@${secure.host}'\nCA_CERT=${secure.caCert}\n`,
  );
  const connected = await connectOpenSearch(readSettings({}, envFile));
  await connected.close();
});

test('over TLS an index is made, filled and searched, and gives back exactly what brute force finds', async () => {
  const vectors = Array.from({ length: 60 }, (_, row) =>
    Array.from({ length: 8 }, (_, column) => Math.fround(Math.sin(row * 8 + column * column + 1))),
  );
  const created = await client.indices.create({
    index,
    body: {
      settings: { index: { knn: true } },
      mappings: {
        properties: {
          embedding: {
            type: 'knn_vector',
            dimension: 8,
            method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' },
          },
        },
      },
    },
  });
  assert.deepEqual(created.body, { acknowledged: true, shards_acknowledged: true, index });
  const stats = await client.helpers.bulk({
    datasource: vectors.map((embedding, row) => ({ row, embedding })),
    onDocument: ({ row }) => ({ index: { _index: index, _id: String(row) } }),
    refreshOnCompletion: index,
    onDrop: (dropped) => assert.fail(JSON.stringify(dropped)),
  });
  assert.equal(stats.successful, 60);

  const query = vectors[7] ?? [];
  const found = await client.search({
    index,
    // On 2.19 lucene explores only ef_search candidates, by default k.
    body: {
      size: 3,
      query: { knn: { embedding: { vector: query, k: 3, method_parameters: { ef_search: 60 } } } },
    },
  });
  const nearest = vectors
    .map((vector, row) => ({ row: String(row), cosine: cosine(vector, query) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 3);
  assert.deepEqual(
    found.body.hits.hits.map(({ _id }) => _id),
    nearest.map(({ row }) => row),
  );
  for (const [rank, { cosine }] of nearest.entries()) {
    assert.ok(Math.abs(Number(found.body.hits.hits[rank]?._score) - (1 + cosine) / 2) < 1e-6);
  }
});

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) =>
    x.reduce((sum, value, place) => sum + value * (y[place] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test('a wrong password: user and host are named, the password is not', async () => {
  const { message, statusCode } = await failureOf(connect({ secret: 'SECRET' }));
  assert.equal(statusCode, 401);
  assert.equal(
    message,
    `${secure.host} does not accept user 'avnadmin' with the password in SERVICE_URI (401): ` +
      "copy both again from your provider's console, and put the value in single quotes in .env.",
  );
});

test('no password: write it into SERVICE_URI', async () => {
  const { message } = await failureOf(connect({ uri: `https://${secure.host}` }));
  assert.match(message, /asks for a user and a password: write them into SERVICE_URI/);
});

test('a user without the right: who, what, and which right is missing', async () => {
  const reader = await connect({ user: 'reader' });
  const { message, statusCode, type } = await failureOf(
    reader.indices.create({ index: 'test-secure-reader' }),
  );
  assert.equal(statusCode, 403);
  assert.equal(type, 'security_exception');
  assert.match(
    message,
    /^User 'reader' may not do this at .*\(403 at PUT \/test-secure-reader\): no permissions for \[indices:admin\/create\]/,
  );
  await reader.close();
});

test('without its authority, or with another one, the connection is refused and CA_CERT named', async () => {
  assert.match((await failureOf(connect({ caCert: '' }))).message, /set CA_CERT to its path/);
  const another = path.join(folder, 'another.pem');
  writeFileSync(another, makeCertificate({ name: 'another' }).certificate);
  assert.match(
    (await failureOf(connect({ caCert: another }))).message,
    /does not come from the authority in CA_CERT \(.*another\.pem, CN=another\)/,
  );
});

test('http to its https port: write https://', async () => {
  const { message } = await failureOf(
    connect({ uri: `http://avnadmin:${password}@${secure.host}` }),
  );
  assert.match(message, /write https:\/\//);
});

test('a request that is too large (413): send fewer documents at a time', async () => {
  const title = 'x'.repeat(1_500_000);
  const { message, statusCode } = await failureOf(
    client.index({ index, id: 'large', body: { title } }),
  );
  assert.equal(statusCode, 413);
  assert.match(message, /takes no request as large as PUT \/test-secure\/_doc\/large was \(413\)/);
});

test('a disk that is 90 % full (403): no new index because of the disk, not of permissions', async () => {
  // The block that the server itself sets then.
  await client.cluster.putSettings({
    body: { persistent: { 'cluster.blocks.create_index': true } },
  });
  try {
    const { message, statusCode } = await failureOf(
      client.indices.create({ index: 'test-secure-new' }),
    );
    assert.equal(statusCode, 403);
    assert.match(
      message,
      /^OpenSearch makes no new index because its disk is more than 90 % full \(this is not about permissions\)/,
    );
  } finally {
    await client.cluster.putSettings({
      body: { persistent: { 'cluster.blocks.create_index': null } },
    });
  }
});

test('a server out of memory for requests (429): busy, wait a little', async () => {
  const limit = (value: string | null) =>
    client.cluster.putSettings({
      body: { transient: { 'network.breaker.inflight_requests.limit': value } },
    });
  await limit('2kb');
  try {
    const body = { title: 'x'.repeat(50_000) };
    const { message, statusCode, type } = await failureOf(client.index({ index, id: 'a', body }));
    assert.equal(statusCode, 429);
    assert.equal(type, 'circuit_breaking_exception');
    assert.match(
      message,
      /is busy and turned PUT \/test-secure\/_doc\/a away \(429 circuit_breaking_exception\): wait a little/,
    );
  } finally {
    await limit(null);
  }
});
