import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../lib/errors';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings } from '../workshop/settings';
import { leaksDuring } from './support/leaks';
import { listen } from './support/loopback';
import { runToEnd } from './support/run-tool';

const password = 'MARK#/?@%:ed';
const authorization = `Basic ${Buffer.from(`avnadmin:${password}`).toString('base64')}`;
/** What must be nowhere: the password as it is, percent-encoded, in base64, and its beginning. */
const secrets = [password, encodeURIComponent(password), authorization.slice(6), 'MARK'];

/** All the ways in which a value gets into a cell's output, a terminal or a log. */
function printings(value: unknown): string[] {
  return [
    inspect(value),
    // What console.dir does: it ignores what an object says about its own printing.
    inspect(value, { depth: null, customInspect: false }),
    inspect({ nested: [value] }, { depth: null, showHidden: true }),
    inspect(value, { depth: null, showHidden: true, customInspect: false }),
    format('%s %o %O %j', value, value, value, safeJson(value)),
    safeJson(value),
    String(value),
    value instanceof Error ? `${value.message} ${value.stack ?? ''}` : '',
  ];
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function assertNoSecret(value: unknown, what: string): void {
  for (const text of printings(value)) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `${what} shows the password`);
  }
}

/** Answers as OpenSearch to this user and password; `/hang` never, and any other path as `statuses` says. */
function openSearchFor(statuses: Record<string, number> = {}): http.RequestListener {
  return (request, response) => {
    if (request.url === '/hang') return;
    const known = request.headers.authorization === authorization;
    const status = known ? (statuses[request.url ?? ''] ?? 200) : 401;
    response.writeHead(status, { 'content-type': 'application/json' });
    const info = { version: { distribution: 'opensearch', number: '3.6.0' } };
    response.end(JSON.stringify(request.url === '/' ? info : [{ component: 'opensearch-knn' }]));
  };
}

async function connected(statuses?: Record<string, number>): Promise<Client> {
  const port = await listen(http.createServer(openSearchFor(statuses)));
  const settings = readSettings({ SERVICE_URI: `http://avnadmin:${password}@127.0.0.1:${port}` }, '/none');
  return connectOpenSearch(settings, { patienceMs: 0 });
}

test('the client prints as host and version, and none of its parts holds the password', async () => {
  const client = await connected();
  assert.match(inspect(client), /^OpenSearch 3\.6\.0 at 127\.0\.0\.1:\d+$/);
  assert.equal(inspect([client], { depth: 5 }), `[ ${inspect(client)} ]`);
  assert.equal(JSON.stringify({ client }), JSON.stringify({ client: inspect(client) }));
  const parts = {
    client,
    pool: client.connectionPool,
    connections: client.connectionPool.connections,
    transport: client.transport,
    helpers: client.helpers,
    child: client.child({}),
    symbols: Object.getOwnPropertySymbols(client).map((symbol) => Reflect.get(client, symbol) as unknown),
  };
  for (const [name, part] of Object.entries(parts)) assertNoSecret(part, name);
});

test('no answer, running request, event of a client or failing request holds the password, nor does its cause', async () => {
  const statuses = [400, 401, 403, 413, 429, 503];
  const client = await connected(Object.fromEntries(statuses.map((status) => [`/${status}`, status])));
  client.on('request', (error, meta) => assertNoSecret([error, meta], 'a request event'));
  client.on('response', (error, meta) => assertNoSecret([error, meta], 'a response event'));
  assertNoSecret(await client.info(), 'an answer');
  const running = client.transport.request({ method: 'GET', path: '/hang' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertNoSecret([running, client, client.connectionPool.connections], 'a running request');
  running.abort();
  await assert.rejects(running);
  for (const status of statuses) {
    await assert.rejects(client.transport.request({ method: 'GET', path: `/${status}` }), (error) => {
      assert.ok(error instanceof PhotoSearchError);
      assertNoSecret([error, error.cause], `status ${status}`);
      return true;
    });
  }
});

test('settings print without password and token, also a copy of them', () => {
  const settings = readSettings({ SERVICE_URI: `https://avnadmin:${password}@h.test:1`, HF_TOKEN: 'MARK' }, '/none');
  assertNoSecret(settings, 'settings');
  const copy = { ...settings, indexName: 'other' };
  assertNoSecret([inspect(copy, { depth: null }), JSON.stringify(copy)], 'a copy of the settings');
  // And yet it can be used.
  assert.match(settings.serviceUri ?? '', /MARK/);
  assert.match(copy.serviceUri ?? '', /MARK/);
  assert.match(inspect(copy), /'https:\/\/h\.test:1'/);
});

test('a program that connects shows the password neither to a debugging log nor in its arguments', async () => {
  const port = await listen(http.createServer(openSearchFor()));
  const env = { SERVICE_URI: `http://avnadmin:${password}@127.0.0.1:${port}`, HF_TOKEN: 'MARK', DEBUG: '*' };
  const { result, leaks, commandLines } = await leaksDuring(secrets, [], () =>
    runToEnd(process.execPath, ['tools/doctor.mjs'], { env: { ...env, NODE_DEBUG: 'cluster,module_timer' } }),
  );
  const output = result.stdout + result.stderr;
  assert.match(output, /opensearch .*Starting a new request/);
  assert.match(output, /OK +Credentials +user avnadmin is accepted/);
  assertNoSecret(output, 'the output');
  if (process.platform === 'linux') assert.ok(commandLines > 1);
  assert.deepEqual(leaks, []);
});
