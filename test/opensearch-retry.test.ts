import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { errors, type Client } from '@opensearch-project/opensearch';
import { RequestError } from '../workshop/opensearch/request-error';
import type { Notice } from '../console/notice';
import { connectOpenSearch, type ConnectOptions } from '../workshop/connect-opensearch';
import { openClient } from '../lib/client';
import { failedRequest, isPassing } from '../lib/opensearch/failed-request';
import { pauseBeforeTry } from '../lib/opensearch/patiently';
import { readSettings } from '../workshop/settings';
import { listen, unusedPort } from './support/loopback';

type Answer = 'ok' | 'reset' | 'silence' | 'broken off' | 'silent halfway' | number;

interface Flaky {
  url: string;
  /** Method, path and time in ms of each request after connecting. */
  seen: { request: string; at: number; body: string }[];
  /** What the next requests get; then 'ok'. */
  next: Answer[];
}

/** A server that answers as OpenSearch does, except for the requests that `next` is about. */
async function startFlaky(port = 0): Promise<Flaky> {
  const flaky = { seen: [], next: [] } as unknown as Flaky;
  const known: Record<string, string> = {
    'GET /': '{"version":{"distribution":"opensearch","number":"3.6.0"}}',
    'GET /_cat/plugins': '[{"component":"opensearch-knn"}]',
  };
  const server = http.createServer((incoming, response) => {
    response.setHeader('content-type', 'application/json');
    const request = `${incoming.method} ${incoming.url}`;
    const fixed = known[request.split('?')[0] ?? ''];
    void text(incoming).then((body) => {
      if (fixed !== undefined) return response.end(fixed);
      flaky.seen.push({ request, at: performance.now(), body });
      const answer = flaky.next.shift() ?? 'ok';
      if (answer === 'reset') return incoming.socket.destroy();
      if (answer === 'ok') return response.end('{"errors":false,"items":[]}');
      if (typeof answer === 'number') {
        const failure = { error: { type: 'made_up', reason: 'for the test' }, status: answer };
        return response.writeHead(answer).end(JSON.stringify(failure));
      }
      if (answer === 'silence') return;
      response.writeHead(200, { 'content-length': 100 }).write('{"half":');
      if (answer === 'broken off') setTimeout(() => incoming.socket.destroy(), 20);
    });
  });
  flaky.url = `http://127.0.0.1:${await listen(server, port)}`;
  return flaky;
}

async function connect(uri: string, options: ConnectOptions = {}): Promise<Client> {
  const settings = readSettings({ SERVICE_URI: uri }, '/none');
  return connectOpenSearch(settings, { notice: () => undefined, patienceMs: 10_000, ...options });
}

const passing: [string, Answer][] = [
  ['a server that is not ready (503)', 503],
  ['a proxy that reaches nobody (502)', 502],
  ['a proxy that waited too long (504)', 504],
  ['a server with full queues (429)', 429],
  ['a connection that is reset', 'reset'],
  ['an answer that breaks off', 'broken off'],
  ['a request without an answer in time', 'silence'],
  ['an answer that falls silent halfway', 'silent halfway'],
];
describe('what passes is waited for', { concurrency: true }, () => {
  for (const [what, answer] of passing) {
    test(`${what} is asked again after pauses that grow, and the answer comes`, async () => {
      const flaky = await startFlaky();
      const client = await connect(flaky.url, { requestTimeoutMs: 500 });
      flaky.next = [answer, answer];
      const result = await client.search({ index: 'photos', body: { size: 1 } });
      assert.equal(result.statusCode, 200);
      assert.equal(flaky.seen.length, 3);
      // The same request each time, body and all.
      assert.equal(new Set(flaky.seen.map(({ request, body }) => `${request} ${body}`)).size, 1);
      assert.equal(flaky.seen[0]?.body, '{"size":1}');
      const [first = 0, second = 0, third = 0] = flaky.seen.map(({ at }) => at);
      assert.ok(second - first >= 125, `first pause ${second - first} ms`);
      assert.ok(third - second >= 250, `second pause ${third - second} ms`);
    });
  }
});

test('with the client of lib/ too, a server that is away, or leaves in the middle of an answer, may be asked again', async () => {
  const leaving = http.createServer((request) => request.socket.destroy());
  for (const port of [await unusedPort(), await listen(leaving)]) {
    const client = openClient(`http://user:100%@127.0.0.1:${port}/behind/a/proxy`);
    const error: unknown = await client.info().catch((failure: unknown) => failure);
    const failure = failedRequest(error);
    assert.match(failure?.type ?? '', /^ECONN(REFUSED|RESET)$/);
    assert.ok(failure && isPassing(failure));
    // The client's text has no code where the host has several addresses.
    assert.equal(((error as Error).cause as NodeJS.ErrnoException).code, failure.type);
  }
});

test('with the client of lib/ too, an answer that falls silent may be asked again', { timeout: 20_000 }, async () => {
  const flaky = await startFlaky();
  const client = openClient(flaky.url);
  flaky.next = ['silent halfway'];
  const asked = client.search({ index: 'photos' }, { requestTimeout: 300, maxRetries: 0 });
  const failure = failedRequest(await asked.catch((error: unknown) => error));
  assert.ok(failure && isPassing(failure), inspect(failure));
});

test('the client of lib/ decodes a password that is percent-encoded, takes others as they are, and refuses what may be either', async () => {
  let sent = '';
  const server = http.createServer((request, response) => {
    sent = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString();
    response.end('{}');
  });
  const port = await listen(server);
  for (const [written, password] of [
    ['50%é', '50%é'],
    ['a@b:%zz', 'a@b:%zz'],
    ['%c3%a9%23', 'é#'],
  ] as const) {
    await openClient(`http://me:${written}@127.0.0.1:${port}`).info();
    assert.equal(sent, `me:${password}`);
  }
  for (const written of ['a%40b%', 'a%40b@', '%ff']) {
    const refused = { name: 'PhotoSearchError', message: /^(?!.*(a%40b|%ff)).* is ambiguous.*percent-encode/ };
    assert.throws(() => openClient(`http://me:${written}@127.0.0.1:${port}`), refused);
  }
});

test('errors of a client from another copy of the package are understood, too', async () => {
  const isOfClient = (file: string) => file.includes(path.join('@opensearch-project', 'opensearch'));
  for (const file of Object.keys(require.cache).filter(isOfClient)) Reflect.deleteProperty(require.cache, file);
  const { Client: Other } =
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('@opensearch-project/opensearch') as typeof import('@opensearch-project/opensearch');
  const flaky = await startFlaky();
  flaky.next = [429];
  const client = new Other({ node: flaky.url });
  const ask = (other: Client) => other.search({ index: 'photos' }).catch((error: unknown) => error);
  const { statusCode, type } = failedRequest(await ask(client)) ?? {};
  assert.deepEqual([statusCode, type], [429, 'made_up']);
  const nobody = new Other({ node: `http://127.0.0.1:${await unusedPort()}` });
  assert.equal(failedRequest(await ask(nobody))?.type, 'ECONNREFUSED');
  assert.ok(!((await ask(nobody)) instanceof errors.OpenSearchClientError));
});

test('a search that meets a node which has just left may be asked again, after another failure of the server it may not', () => {
  const body = (type: string) => ({ error: { type: 'search_phase_execution_exception', root_cause: [{ type }] } });
  assert.ok(isPassing({ statusCode: 500, body: body('node_not_connected_exception') }));
  const caused_by = { type: 'node_not_connected_exception', reason: '[two][127.0.0.1:9] Node not connected' };
  const fetching = { type: 'search_phase_execution_exception', root_cause: [], caused_by };
  assert.ok(isPassing({ statusCode: 500, body: { error: fetching } }));
  // As of an item in the answer to a bulk request, which has no body of its own.
  assert.ok(isPassing({ statusCode: 500, type: 'node_disconnected_exception' }));
  assert.ok(!isPassing({ statusCode: 500, body: body('null_pointer_exception') }));
});

test('pauses double up to 5 s, and differ between clients', () => {
  for (let retry = 1; retry <= 10; retry++) {
    const middle = Math.min(5000, 125 * 2 ** retry);
    const pauses = Array.from({ length: 50 }, () => pauseBeforeTry(retry));
    assert.ok(pauses.every((pause) => pause >= middle / 2 && pause < middle * 1.5));
    assert.ok(Math.max(...pauses) - Math.min(...pauses) > middle / 10);
  }
});

test('what the server refuses is asked once; what might be carried out twice is not sent again when its answer is lost', async () => {
  const flaky = await startFlaky();
  const client = await connect(flaky.url);
  const asked = async (answer: Answer, request: () => Promise<unknown>) => {
    flaky.next = [answer];
    flaky.seen = [];
    const error: unknown = await request().catch((reason: unknown) => reason);
    return [flaky.seen.length, error instanceof RequestError];
  };
  for (const status of [400, 401, 403, 404, 413, 500]) {
    assert.deepEqual(await asked(status, () => client.search({ index: 'photos' })), [1, true], `status ${status}`);
  }
  // Without an id, the server makes a new document each time.
  assert.deepEqual(await asked('reset', () => client.index({ index: 'photos', body: {} })), [1, true]);
  assert.deepEqual(await asked('reset', () => client.index({ index: 'photos', id: 'x', body: {} })), [2, false]);
});

test('the tries end after the time given, with their number', async () => {
  const flaky = await startFlaky();
  const client = await connect(flaky.url, { patienceMs: 2000 });
  flaky.next = Array<Answer>(20).fill(503);
  const message = /not ready \(503: for the test\).* \([2-5] tries in [1-3] s\.\)$/;
  await assert.rejects(client.search({ index: 'photos' }), { message });
});

test('whoever waits is told once for what, without the password, and when the wait is over', async () => {
  const flaky = await startFlaky();
  const notices: string[] = [];
  const over: unknown[] = [];
  const notice: Notice = (line, until) => {
    notices.push(line);
    void until?.then((answer: unknown) => over.push(answer));
  };
  const client = await connect(flaky.url.replace('//', '//u:SECRET@'), { notice });
  flaky.next = [503, 503, 503];
  const answer = await client.search({ index: 'photos' });
  await sleep(1); // who asked has the answer first
  assert.deepEqual(over, [answer]);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /is not ready \(503: for the test\).*Trying again for up to 10 s …$/);
  assert.doesNotMatch(notices[0] ?? '', /SECRET/);
});

test('a request can be stopped while it runs and while it waits', async () => {
  const flaky = await startFlaky();
  const client = await connect(flaky.url);
  for (const answers of [['silence'], Array<Answer>(9).fill(503)] as Answer[][]) {
    flaky.next = answers;
    const request = client.transport.request({ method: 'GET', path: '/photos' });
    setTimeout(() => request.abort(), 60);
    const begin = performance.now();
    await assert.rejects(request, (error) => error instanceof RequestError && error.type === 'aborted');
    assert.ok(performance.now() - begin < 1000);
    const count = flaky.seen.length;
    await sleep(500);
    assert.equal(flaky.seen.length, count);
  }
});

test('a server that is still booting is waited for', async () => {
  const port = await unusedPort();
  const notices: string[] = [];
  const [client] = await Promise.all([
    connect(`http://127.0.0.1:${port}`, { notice: (line) => notices.push(line) }),
    sleep(1500).then(() => startFlaky(port)),
  ]);
  assert.equal(JSON.stringify(client), `"OpenSearch 3.6.0 at 127.0.0.1:${port}"`);
  assert.match(notices.join('\n'), /^Nothing listens at .* Trying again/);
});
