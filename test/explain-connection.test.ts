import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { RequestError } from '../lib/errors';
import { explainConnection } from '../workshop/opensearch/explain-connection';
import { connectOpenSearch, type ConnectOptions } from '../workshop/opensearch';
import { readSettings } from '../workshop/settings';
import { makeAuthorityAndServer, makeCertificate, type Certificate } from './support/certificates';

const folder = mkdtempSync(path.join(os.tmpdir(), 'explain-connection-'));
const servers: net.Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function listen(server: net.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** What a participant reads who connects with this SERVICE_URI. */
async function explanationFor(
  serviceUri: string,
  { env = {}, ...options }: ConnectOptions & { env?: Record<string, string> } = {},
): Promise<RequestError> {
  const settings = readSettings({ SERVICE_URI: serviceUri, ...env }, path.join(folder, 'none'));
  const error = await connectOpenSearch(settings, {
    patienceMs: 0,
    notice: () => undefined,
    ...options,
  }).then(
    () => assert.fail('connected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RequestError, String(error));
  assert.ok(!error.message.includes('SECRET'));
  return error;
}

function pemFile(name: string, { certificate }: Certificate): string {
  const file = path.join(folder, name);
  writeFileSync(file, certificate);
  return file;
}

function tlsServer({ certificate, key }: Certificate): net.Server {
  return https.createServer({ cert: certificate, key }, answerAsOpenSearch);
}

/** Enough of OpenSearch's answers to connect to. */
function answerAsOpenSearch(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    request.url === '/'
      ? '{"version":{"distribution":"opensearch","number":"2.19.1"}}'
      : '[{"component":"opensearch-knn"}]',
  );
}

const { authority, server: trusted } = makeAuthorityAndServer();
const authorityFile = pemFile('authority.pem', authority);

test('a host that does not exist: check for a slip, start the service', async () => {
  const { message, type } = await explanationFor('https://u:SECRET@no-such-host.invalid:9200');
  // A machine without any name server can't tell that there is none.
  if (type === 'EAI_AGAIN')
    assert.match(message, /^The address of no-such-host.invalid:9200 can't be looked up: is this machine online\?/);
  else
    assert.match(message, /^There is no host of the name in no-such-host.invalid:9200: check SERVICE_URI.*powered off/);
});

test('nothing listens: is it running, is the port right', async () => {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const { message, type } = await explanationFor(`http://127.0.0.1:${port}`);
  assert.equal(
    message,
    `Nothing listens at 127.0.0.1:${port}: is OpenSearch running there, and is the port in SERVICE_URI right?`,
  );
  assert.equal(type, 'ECONNREFUSED');
  // A name with two addresses fails with an error that holds one for each.
  assert.match((await explanationFor(`http://localhost:${port}`)).message, /^Nothing listens at localhost/);
});

test("the workshop's own node has stopped: how to start it again", () => {
  const context = {
    ...{ host: '127.0.0.1:9200', secure: false, local: true },
    ...{ method: 'GET', path: '/photos', attempt: 1, waited: 10 },
  };
  assert.equal(
    explainConnection(new Error('refused'), 'ECONNREFUSED', context),
    "The workshop's own OpenSearch at 127.0.0.1:9200 has stopped: run the notebook's connecting cell again, or npm run opensearch -- start.",
  );
});

/** Servers that are met by mistake, and what is said about each. */
const mistakes: [what: string, scheme: string, server: () => net.Server, says: RegExp][] = [
  [
    'no answer: allowed addresses, firewall, load',
    'http://127.0.0.1',
    () => net.createServer(),
    /^127.0.0.1:\d+ gave no answer to GET \/ in 1 s: is your address among those that the service allows/,
  ],
  [
    'a connection that is closed at once: is it https',
    'http://127.0.0.1',
    () => net.createServer((socket) => socket.destroy()),
    /closed the connection without an answer: if this port speaks https, write https:\/\//,
  ],
  [
    'http to a port that speaks TLS: write https://',
    'http://u:SECRET@127.0.0.1',
    () => tlsServer(trusted),
    /write https:\/\/ /,
  ],
  [
    'https to a port that speaks http: write http://',
    'https://u:SECRET@127.0.0.1',
    () => http.createServer(answerAsOpenSearch),
    /^127.0.0.1:\d+ does not speak TLS: this port speaks http, so write http:\/\/ in SERVICE_URI\.$/,
  ],
  [
    'a port that speaks neither: check the port',
    'http://127.0.0.1',
    () => net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    /^What listens at 127.0.0.1:\d+ does not speak http: check the port/,
  ],
  [
    'an old TLS version alone: the reason of the handshake',
    'https://127.0.0.1',
    () =>
      tls.createServer({
        ...{ cert: trusted.certificate, key: trusted.key, ciphers: 'ALL:@SECLEVEL=0' },
        ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
      }),
    /could not agree on a TLS connection: .*(version|alert)/i,
  ],
  [
    'a self-signed certificate: set CA_CERT',
    'https://localhost',
    () => tlsServer(makeCertificate({ name: 'localhost', hosts: ['localhost'] })),
    /comes from an authority that this machine does not know: download the CA certificate of your service, and set CA_CERT/,
  ],
  [
    'an authority that is not known: set CA_CERT',
    'https://u:SECRET@localhost',
    () => tlsServer(trusted),
    /set CA_CERT to its path/,
  ],
];
for (const [what, scheme, server, says] of mistakes) {
  test(what, async () => {
    const port = await listen(server());
    const { message } = await explanationFor(`${scheme}:${port}`, { requestTimeoutMs: 1000 });
    assert.match(message, says);
  });
}

test('another authority in CA_CERT: both are named', async () => {
  const port = await listen(tlsServer(trusted));
  // One of another name, and one of the same name with another key.
  for (const name of ['another authority', authority.name]) {
    const file = pemFile('another.pem', makeCertificate({ name }));
    const { message } = await explanationFor(`https://localhost:${port}`, {
      env: { CA_CERT: file },
    });
    assert.match(message, new RegExp(`does not come from the authority in CA_CERT \\(${file}, CN=${name}\\)`));
  }
});

test('a certificate for another name: the names that it has', async () => {
  const elsewhere = makeCertificate({
    name: 'x',
    hosts: ['search.example.org', '10.0.0.1'],
    authority,
  });
  const port = await listen(tlsServer(elsewhere));
  const { message } = await explanationFor(`https://localhost:${port}`, {
    env: { CA_CERT: authorityFile },
  });
  assert.equal(
    message,
    `The certificate of localhost:${port} is made out to other names (search.example.org, 10.0.0.1): use one of them as the host in SERVICE_URI.`,
  );
});

test('an expired certificate, or one of tomorrow: renew it, or mend the clock', async () => {
  const past = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };
  const expired = makeCertificate({ name: 'x', hosts: ['localhost'], authority, ...past });
  const future = { from: new Date('2090-01-01'), until: new Date('2091-01-01') };
  const early = makeCertificate({ name: 'x', hosts: ['localhost'], authority, ...future });
  const env = { CA_CERT: authorityFile };
  const today = new Date().toISOString().slice(0, 10);
  assert.match(
    (await explanationFor(`https://localhost:${await listen(tlsServer(expired))}`, { env })).message,
    new RegExp(`has expired: it must be renewed there, or this machine's clock is wrong \\(it says ${today}\\)`),
  );
  assert.match(
    (await explanationFor(`https://localhost:${await listen(tlsServer(early))}`, { env })).message,
    /is not valid yet/,
  );
});

test('with its authority in CA_CERT a server is trusted without a warning', async () => {
  const port = await listen(tlsServer(trusted));
  const settings = readSettings({ SERVICE_URI: `https://localhost:${port}`, CA_CERT: authorityFile }, '/none');
  const notices: string[] = [];
  const client = await connectOpenSearch(settings, { notice: (line) => notices.push(line) });
  await client.close();
  assert.deepEqual(notices, []);
});

test('INSECURE_TLS=yes connects to an unknown certificate, and warns each time', async () => {
  const port = await listen(tlsServer(trusted));
  const settings = readSettings({ SERVICE_URI: `https://localhost:${port}`, INSECURE_TLS: 'yes' }, '/none');
  for (let time = 1; time <= 2; time++) {
    const notices: string[] = [];
    const client = await connectOpenSearch(settings, { notice: (line) => notices.push(line) });
    await client.close();
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', /^INSECURE_TLS=yes: the certificate of localhost:\d+ is not checked/);
  }
});
