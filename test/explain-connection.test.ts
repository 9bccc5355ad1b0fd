import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { RequestError } from '../workshop/opensearch/request-error';
import { explainConnection } from '../workshop/opensearch/explain-connection';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings } from '../workshop/settings';
import { makeAuthorityAndServer, makeCertificate, type Certificate } from './support/certificates';
import { listen, unusedPort } from './support/loopback';
import { temporaryFolder } from './support/temporary-folder';

/** Connects, and closes again; returns what was told on the way. */
async function connect(env: Record<string, string>): Promise<string[]> {
  const notices: string[] = [];
  const notice = (line: string) => notices.push(line);
  const settings = readSettings(env, '/none');
  const client = await connectOpenSearch(settings, { patienceMs: 0, requestTimeoutMs: 1000, notice });
  await client.close();
  return notices;
}

/** What a participant reads who connects with this SERVICE_URI; the password is nowhere in it, nor in its cause. */
async function explanationFor(serviceUri: string, env: Record<string, string> = {}): Promise<RequestError> {
  const error: unknown = await connect({ SERVICE_URI: serviceUri, ...env }).catch((reason: unknown) => reason);
  assert.ok(error instanceof RequestError, String(error));
  const whole = inspect(error, { depth: null, showHidden: true, customInspect: false });
  assert.doesNotMatch(whole, /SECRET|dTpTRUNSRVQ/);
  return error;
}

function pemFile(t: TestContext, { certificate }: Certificate): string {
  const file = path.join(temporaryFolder(t), 'authority.pem');
  writeFileSync(file, certificate);
  return file;
}

function tlsServer({ certificate, key }: Certificate): net.Server {
  return https.createServer({ cert: certificate, key }, answerAsOpenSearch);
}

/** Enough of OpenSearch's answers to connect to. */
function answerAsOpenSearch(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.setHeader('content-type', 'application/json');
  const root = '{"version":{"distribution":"opensearch","number":"2.19.1"}}';
  response.end(request.url === '/' ? root : '[{"component":"opensearch-knn"}]');
}

let authority: Certificate;
let trusted: Certificate;
before(async () => ({ authority, server: trusted } = await makeAuthorityAndServer()));

test('a host that does not exist: check for a slip, start the service', async () => {
  const { message, type } = await explanationFor('https://u:SECRET@no-such-host.invalid:9200');
  // A machine without any name server can't tell that there is none.
  const unknown = /^The address of no-such-host.invalid:9200 can't be looked up: is this machine online\?/;
  const none = /^No host has the name in no-such-host.invalid:9200: check the spelling in SERVICE_URI.*powered off/;
  assert.match(message, type === 'EAI_AGAIN' ? unknown : none);
});

test('nothing listens: is it running, is the port right', async () => {
  const port = await unusedPort();
  // A name with two addresses fails with an error that holds one for each.
  for (const host of ['127.0.0.1', 'localhost']) {
    const { message, type } = await explanationFor(`http://u:SECRET@${host}:${port}`);
    const says = 'is OpenSearch running there, and is the port in SERVICE_URI right?';
    assert.deepEqual([message, type], [`Nothing listens at ${host}:${port}: ${says}`, 'ECONNREFUSED']);
  }
});

test("the workshop's own node has stopped: how to start it again", () => {
  const context = { host: '127.0.0.1:9200', secure: false, local: true, method: 'GET', path: '/photos' };
  assert.equal(
    explainConnection(new Error('refused'), 'ECONNREFUSED', { ...context, attempt: 1, waited: 10 }),
    "The workshop's own OpenSearch at 127.0.0.1:9200 has stopped: run the notebook's connecting cell again, or npm run opensearch -- start.",
  );
});

const localhost = async (more: object) =>
  tlsServer(await makeCertificate({ name: 'x', hosts: ['localhost'], authority, ...more }));
const past = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };
const future = { from: new Date('2090-01-01'), until: new Date('2091-01-01') };
const hosts = ['search.example.org', '10.0.0.1'];
const ssh = () => net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
const oldVersions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
const oldTls = () => tls.createServer({ cert: trusted.certificate, key: trusted.key, ...oldVersions });
const silent = /^localhost:\d+ gave no answer to GET \/ in 1 s: is your address among those that the service allows/;
const closed = /closed the connection without an answer: if this port speaks https, write https:\/\//;
const noTls = /^localhost:\d+ does not speak TLS: this port speaks http, so write http:\/\/ in SERVICE_URI\.$/;
const noVersion = /could not agree on a TLS connection: .*(version|alert)/i;
const unknown =
  /comes from an authority that this machine does not know: download the CA certificate of your service, and set CA_CERT/;
const otherNames =
  /^The certificate of localhost:\d+ is for other names \(search\.example\.org, 10\.0\.0\.1\): use one of them/;
const expired = /has expired: it must be renewed there, or this machine's clock is wrong \(it says 20\d\d-\d\d-\d\d\)/;
/** Servers that are met by mistake, and what is said about each. `https+` knows the authority by CA_CERT. */
const mistakes: [what: string, scheme: string, server: () => net.Server | Promise<net.Server>, says: RegExp][] = [
  ['no answer: allowed addresses, firewall, load', 'http', () => net.createServer(), silent],
  ['a connection that is closed at once: is it https', 'http', () => net.createServer((s) => s.destroy()), closed],
  ['http to a port that speaks TLS: write https://', 'http', () => tlsServer(trusted), /write https:\/\/ /],
  ['https to a port that speaks http: write http://', 'https', () => http.createServer(answerAsOpenSearch), noTls],
  ['a port that speaks neither: check the port', 'http', ssh, /^The server at .* does not speak http: check the port/],
  ['an old TLS version alone: the reason of the handshake', 'https', oldTls, noVersion],
  ['a self-signed certificate: set CA_CERT', 'https', () => localhost({ authority: undefined }), unknown],
  ['an authority that is not known: set CA_CERT', 'https', () => tlsServer(trusted), /set CA_CERT to its path/],
  ['a certificate for another name: the names that it has', 'https+', () => localhost({ hosts }), otherNames],
  ['an expired certificate: renew it, or mend the clock', 'https+', () => localhost(past), expired],
  ['a certificate of tomorrow', 'https+', () => localhost(future), /is not valid yet/],
];
for (const [what, scheme, server, says] of mistakes) {
  test(what, async (t) => {
    const env: Record<string, string> = scheme === 'https+' ? { CA_CERT: pemFile(t, authority) } : {};
    const uri = `${scheme.replace('+', '')}://u:SECRET@localhost:${await listen(await server())}`;
    assert.match((await explanationFor(uri, env)).message, says);
  });
}

test('another authority in CA_CERT: both are named', async (t) => {
  const port = await listen(tlsServer(trusted));
  // One of another name, and one of the same name with another key.
  for (const name of ['another authority', authority.name]) {
    const file = pemFile(t, await makeCertificate({ name }));
    const { message } = await explanationFor(`https://localhost:${port}`, { CA_CERT: file });
    assert.match(message, new RegExp(`does not come from the authority in CA_CERT \\(${file}, CN=${name}\\)`));
  }
});

test('with its authority in CA_CERT a server is trusted without a warning; INSECURE_TLS=yes connects to any, and warns each time', async (t) => {
  const SERVICE_URI = `https://localhost:${await listen(tlsServer(trusted))}`;
  assert.deepEqual(await connect({ SERVICE_URI, CA_CERT: pemFile(t, authority) }), []);
  for (let time = 1; time <= 2; time++) {
    const [notice, ...more] = await connect({ SERVICE_URI, INSECURE_TLS: 'yes' });
    assert.match(notice ?? '', /^INSECURE_TLS=yes: the certificate of localhost:\d+ is not checked/);
    assert.deepEqual(more, []);
  }
});
