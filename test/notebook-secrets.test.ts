import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { connectOpenSearch } from '../workshop/opensearch';
import { findPhotos } from '../lib/photos';
import { readSettings } from '../workshop/settings';
import { readNotebook, sourceOf, workshopNotebooks } from '../maintain/notebook-cells';
import { makeAuthorityAndServer, makeCertificate, type Certificate } from './support/certificates';
import { holdsOne, leaksDuring, type Leaks } from './support/leaks';
import { wholeIndex } from './support/photo-indexes';
import { readExecuted, root, runNotebooks, shown, type NotebookRun } from './support/run-notebooks';
import { startSecureOpenSearch, type SecureOpenSearch } from './support/secure-opensearch';

const password = 'MARK7c31#/?@%:ed';
const token = 'MARK7c31-token';
/** What must be nowhere: the password in all the forms in which it is on its way, and its beginning. */
const secrets = [
  'MARK7c31',
  encodeURIComponent(password),
  ...['avnadmin', 'reader', 'nobody'].map((user) =>
    Buffer.from(`${user}:${password}`).toString('base64').slice(0, 20),
  ),
];
const index = 'test-notebook-secrets';

const folder = mkdtempSync(path.join(os.tmpdir(), 'notebook-secrets-'));
const out = path.join(folder, 'out');
const servers: net.Server[] = [];
let secure: SecureOpenSearch;
let client: Client;
let env: NodeJS.ProcessEnv;

before(async () => {
  secure = await startSecureOpenSearch(password);
  const connection = {
    // As the provider's console shows it, special characters and all.
    SERVICE_URI: `https://avnadmin:${password}@${secure.host}`,
    CA_CERT: secure.caCert,
  };
  client = await connectOpenSearch(readSettings(connection, '/none'));
  // All that the run writes anywhere comes to lie where the test looks for the password.
  const home = path.join(folder, 'home');
  const temporary = path.join(folder, 'tmp');
  for (const made of [out, home, temporary]) mkdirSync(made);
  env = {
    ...connection,
    HF_TOKEN: token,
    INDEX_NAME: index,
    PHOTOS_DIR: path.join(root, 'photos'),
    HF_ENDPOINT: 'http://127.0.0.1:9',
    MODEL_CACHE: path.join(folder, 'models'),
    CLIP_MODEL: '',
    CLIP_DTYPE: '',
    INSECURE_TLS: '',
    HOME: home,
    TMPDIR: temporary,
    JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
  };
});

after(async () => {
  await client.close();
  secure.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs notebooks, and looks for secrets in what they leave, print and start. */
function runWatched(files: string[], changes: NodeJS.ProcessEnv = {}): Promise<Leaks<NotebookRun>> {
  const serverFolder = path.resolve(secure.caCert, '../../..');
  return leaksDuring(secrets, [folder, serverFolder], () =>
    runNotebooks(files, out, { ...env, ...changes }),
  );
}

/** Runs notebooks, which must show no secret anywhere. */
async function runWithoutLeak(files: string[], changes?: NodeJS.ProcessEnv): Promise<NotebookRun> {
  const { result, leaks, commandLines } = await runWatched(files, changes);
  assert.deepEqual(leaks, []);
  assert.ok(!holdsOne(result.printed, secrets), 'the terminal shows a secret');
  if (process.platform === 'linux') assert.ok(commandLines > 3);
  return result;
}

async function notebookFiles(): Promise<string[]> {
  return (await workshopNotebooks(root)).map((name) => path.join(root, name));
}

/** Writes a notebook for our kernel. */
function writeCells(name: string, sources: Record<string, string>): string {
  const template = JSON.parse(
    readFileSync(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8'),
  ) as { cells: unknown[] };
  const cells = Object.entries(sources).map(([id, source]) => ({
    cell_type: 'code',
    execution_count: null,
    id,
    metadata: {},
    outputs: [],
    source: [source],
  }));
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify({ ...template, cells }));
  return file;
}

test('the check itself finds a password that is printed, written to a file or given to a program', async () => {
  const file = writeCells('leaking.ipynb', {
    print: 'console.log(process.env.HF_TOKEN);',
    write: `require('fs').writeFileSync(require('path').join(require('os').tmpdir(), 'leaked'), process.env.SERVICE_URI);`,
    program: `require('child_process').execFileSync(process.execPath, ['-e', 'setTimeout(() => 0, 1500)', process.env.HF_TOKEN]);
      require('fs').rmSync(require('path').join(require('os').tmpdir(), 'leaked'));`,
  });
  const { leaks } = await runWatched([file]);
  assert.ok(leaks.includes('file leaking.ipynb'), String(leaks));
  assert.ok(leaks.includes('file leaked'), String(leaks));
  if (process.platform === 'linux') assert.ok(leaks.includes('arguments of node'), String(leaks));
  rmSync(file);
  rmSync(path.join(out, 'leaking.ipynb'));
});

/** Runs `source`, and prints its error as the kernel does, and in all other ways. */
function failing(source: string): string {
  return `try {
    ${source}
    console.log('it succeeded');
  } catch (error) {
    console.error(error);
    console.log(error, error.message, error.stack, error.cause, JSON.stringify(error));
    console.dir(error, { depth: null, showHidden: true });
  }`;
}

describe('with OpenSearch 2.19.1 over TLS, a password and an authority of its own, the notebooks as they are', () => {
  let total: number;

  before(async () => {
    total = (await findPhotos(path.join(root, 'photos'))).photos.length;
  });

  test('without the index, notebook 2 says to run notebook 1, and not the password', async () => {
    const [, second = ''] = await notebookFiles();
    const { exitCode, printed } = await runWithoutLeak([second]);
    assert.equal(exitCode, 1);
    assert.match(
      printed,
      /There is no index 'test-notebook-secrets' yet: run notebook 1 first \(1-prepare-opensearch\.ipynb\)\.\n2-process-and-upload\.ipynb failed: .*\n$/,
    );
  });

  test('with a wrong password, notebook 1 names user and host, and no password', async () => {
    const [first = ''] = await notebookFiles();
    const { exitCode, printed } = await runWithoutLeak([first], {
      SERVICE_URI: `https://avnadmin:MARK7c31-wrong@${secure.host}`,
    });
    assert.equal(exitCode, 1);
    assert.match(printed, /localhost:\d+ does not accept user 'avnadmin' with the password/);
  });

  test('make the index, fill it with all photos and find three, without the password anywhere', async () => {
    const { exitCode, printed } = await runWithoutLeak(await notebookFiles());
    assert.equal(exitCode, 0, printed);
    const [first, second, third] = await Promise.all(
      (await workshopNotebooks(root)).map((name) => readExecuted(out, name)),
    );
    assert.ok(first && second && third);
    assert.match(
      shown(first, 'connect').text,
      new RegExp(`^OpenSearch 2\\.19\\.1 at ${secure.host}$`, 'm'),
    );
    assert.match(shown(first, 'create').text, /acknowledged: true,\s+shards_acknowledged: true/);
    assert.match(shown(second, 'upload').text, new RegExp(`^indexed\\s+${total}$`, 'm'));
    assert.match(shown(second, 'look').text, new RegExp(`^${total} photos; one of them:`));
    for (const id of ['search', 'photo']) {
      assert.equal(shown(third, id).html.match(/<img src="data:image\/jpeg/g)?.length, 3, id);
    }
    const [, asked] = /Like (photos\/[^<]+)</.exec(shown(third, 'photo').html) ?? [];
    const [, nearest] =
      /<figcaption[\s\S]*?(photos\/[^<]+)</.exec(shown(third, 'photo').html) ?? [];
    assert.ok(asked !== undefined && asked === nearest, `${asked ?? ''} ${nearest ?? ''}`);
    assert.equal((await wholeIndex(client, index)).size, total);
  });

  test('run again, change nothing', async () => {
    const before = await versions();
    const [first = '', upload = ''] = await notebookFiles();
    const { exitCode, printed } = await runWithoutLeak([first, upload]);
    assert.equal(exitCode, 0, printed);
    const second = await readExecuted(out, '2-process-and-upload.ipynb');
    assert.match(
      shown(second, 'upload').text,
      new RegExp(`^indexed\\s+0\\nunchanged\\s+${total}$`, 'm'),
    );
    assert.deepEqual(await versions(), before);
  });

  /** Of each document, the number of the write that made it. */
  async function versions(): Promise<Map<string, unknown>> {
    const { body } = await client.search({
      index,
      body: { size: 10_000, _source: false, seq_no_primary_term: true },
    });
    return new Map(body.hits.hits.map(({ _id, _seq_no }) => [_id ?? '', _seq_no]));
  }
});

/** Settings with the password in them that lead to an error, and what a cell says then. */
type ErrorPath = [settings: Record<string, string>, says: RegExp];

async function listen(server: net.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** Settings for a TLS server with such a certificate, and for the authority that signed it. */
async function secureServer(name: string, hosts: string[], until?: Date): Promise<ErrorPath[0]> {
  const authority = makeCertificate({ name: `${name}-authority` });
  const from = until && new Date('2020-01-01');
  const { certificate, key } = makeCertificate({ name, hosts, authority, from, until });
  const port = await listen(https.createServer({ cert: certificate, key }));
  return {
    SERVICE_URI: `https://avnadmin:${password}@localhost:${port}`,
    CA_CERT: fileOf(authority),
  };
}

function fileOf({ name, certificate }: Certificate): string {
  const file = path.join(folder, `${name}.pem`);
  writeFileSync(file, certificate);
  return file;
}

async function errorPaths(): Promise<Record<string, ErrorPath>> {
  const { host, caCert: CA_CERT } = secure;
  const plain = await listen(http.createServer((_, response) => response.end('<html>')));
  const silent = await listen(net.createServer());
  const closed = await listen(net.createServer((socket) => socket.destroy()));
  const refused = net.createServer();
  const refusedPort = await listen(refused);
  await new Promise((resolve) => refused.close(resolve));
  const uri = (rest: string, user = 'avnadmin') => `https://${user}:${password}@${rest}`;
  return {
    'wrong-user': [
      { SERVICE_URI: uri(host, 'nobody'), CA_CERT },
      /does not accept user 'nobody' with the password/,
    ],
    'wrong-host': [
      { SERVICE_URI: uri('no-such-host.invalid:1'), CA_CERT: '' },
      // A machine without any name server can't tell that there is none.
      /There is no host of the name|can't be looked up/,
    ],
    'wrong-port': [
      { SERVICE_URI: uri(`localhost:${refusedPort}`), CA_CERT: '' },
      /Nothing listens at/,
    ],
    'no-authority': [{ SERVICE_URI: uri(host), CA_CERT: '' }, /set CA_CERT to its path/],
    'wrong-authority': [
      { SERVICE_URI: uri(host), CA_CERT: fileOf(makeAuthorityAndServer('another').authority) },
      /does not come from the authority in CA_CERT/,
    ],
    'authority-missing': [
      { SERVICE_URI: uri(host), CA_CERT: path.join(folder, 'missing.pem') },
      /CA_CERT: there is no file .*missing\.pem/,
    ],
    'wrong-name': [await secureServer('other-name', ['other.test']), /is made out to other names/],
    expired: [
      await secureServer('expired', ['localhost'], new Date('2021-01-01')),
      /has expired: it must be renewed/,
    ],
    'http-to-tls': [{ SERVICE_URI: uri(host).replace('https:', 'http:') }, /write https:\/\//],
    'https-to-http': [{ SERVICE_URI: uri(`localhost:${plain}`) }, /write http:\/\//],
    'no-opensearch': [
      { SERVICE_URI: uri(`localhost:${plain}`).replace('https:', 'http:') },
      /check host and port|no OpenSearch|web page/,
    ],
    silent: [{ SERVICE_URI: uri(`localhost:${silent}`) }, /gave no answer to GET/],
    'cut-off': [{ SERVICE_URI: uri(`localhost:${closed}`) }, /closed the connection/],
    'no-host': [{ SERVICE_URI: `https://avnadmin:${password}` }, /SERVICE_URI/],
    'no-colon': [{ SERVICE_URI: `https://${token}@${host}` }, /no user or no password/],
    'no-port': [{ SERVICE_URI: uri('localhost:70000') }, /not a number from 1 to 65535/],
    'no-scheme': [{ SERVICE_URI: `avnadmin:${password}@${host}` }, /must begin with https:/],
    'two-ways': [
      { SERVICE_URI: `https://avnadmin:MARK7c31%41#@${host}` },
      /can be read in two ways/,
    ],
    'wrong-hub': [{ HF_ENDPOINT: `https://u:${token}@hub` }, /HF_ENDPOINT/],
  };
}

test('no error on the way to a cluster shows the password, however it is printed', async () => {
  const paths = await errorPaths();
  const connect = (await readNotebook(path.join(root, '1-prepare-opensearch.ipynb'))).cells.find(
    ({ id }) => id === 'connect',
  );
  assert.ok(connect);
  // The notebook's own cell, less patient.
  const cell = sourceOf(connect).replace(
    'connectOpenSearch(settings)',
    'connectOpenSearch(settings, { patienceMs: 1500, requestTimeoutMs: 5000 })',
  );
  const cells: Record<string, string> = {
    versions: `import { connectOpenSearch, readSettings } from './lib/index';
      const paths = JSON.parse(process.env.ERROR_PATHS ?? '');
      const found = { ...process.env };`,
  };
  for (const name of Object.keys(paths)) {
    cells[name] = `Object.assign(process.env, found, paths['${name}'][0]);\n${failing(cell)}`;
  }
  cells['insecure-tls'] =
    `Object.assign(process.env, found, { CA_CERT: '', INSECURE_TLS: 'yes' });\n${cell}`;

  const file = writeCells('errors.ipynb', cells);
  const { exitCode, printed } = await runWithoutLeak([file], {
    ERROR_PATHS: JSON.stringify(paths),
    // What the client itself has to say goes to stderr.
    DEBUG: 'opensearch*',
  });
  assert.equal(exitCode, 0, printed);
  const notebook = await readExecuted(out, 'errors.ipynb');
  for (const [name, [, says]] of Object.entries(paths)) {
    assert.match(shown(notebook, name).stderr, says, name);
    assert.match(shown(notebook, name).text, says, name);
  }
  assert.match(shown(notebook, 'insecure-tls').html, /INSECURE_TLS=yes/);
  assert.match(shown(notebook, 'insecure-tls').text, /OpenSearch 2\.19\.1 at localhost/);
});

test('no error of a cluster that is used wrongly shows the password, nor do client and settings', async () => {
  const wrongUses: Record<string, [source: string, says: RegExp]> = {
    'index-missing': [`await client.search({ index: 'test-missing' });`, /no index 'test-missing'/],
    'model-unknown': [`await indexModel(client, 'test-missing');`, /no index 'test-missing' yet/],
    'wrong-field': [
      `await client.indices.create({ index: '${index}-strict', body: { mappings: { dynamic: 'strict' } } });
       await client.index({ index: '${index}-strict', body: { embeding: 1 } });`,
      /has no field 'embeding'/,
    ],
    'index-there': [
      `await client.indices.create({ index: '${index}-strict' });`,
      /There is an index '.*-strict' already/,
    ],
    'too-large': [
      `await client.index({ index: '${index}-strict', body: { text: 'x'.repeat(1_500_000) } });`,
      /takes no request as large/,
    ],
    'bad-query': [
      `await client.search({ index: '${index}-strict', body: { sort: ['nonsense'] } });`,
      /nonsense/,
    ],
    'no-right': [
      `process.env.SERVICE_URI = process.env.READER;
       const reader = await connectOpenSearch(readSettings());
       await reader.indices.create({ index: 'test-by-reader' });`,
      /User 'reader' may not do this/,
    ],
    stopped: [
      `const running = client.search({ index: '${index}-strict' });
       running.abort();
       await running;`,
      /was stopped before/,
    ],
  };
  const cells: Record<string, string> = {
    versions: `import { connectOpenSearch, indexModel, readSettings } from './lib/index';
      const settings = readSettings();
      const client = await connectOpenSearch(settings);`,
    shown: `console.log(client, settings, [client], { settings: settings });
      console.dir(client, { depth: 8 });
      console.dir(client, { depth: 8, showHidden: true, customInspect: false });
      console.dir(settings, { depth: null, showHidden: true, customInspect: false });
      console.log(JSON.stringify({ client: client, settings: settings }), await client.info());`,
    events: `client.on('request', (error, event) => console.dir([error, event], { depth: 8 }));
      client.on('response', (error, event) => console.dir([error, event], { depth: 8 }));
      await client.info();`,
  };
  for (const [name, [source]] of Object.entries(wrongUses)) cells[name] = failing(source);
  // Nobody awaits it: the run says so in the end.
  cells.unawaited = `void client.count({ index: 'test-unawaited' }); 1`;

  const file = writeCells('failing.ipynb', cells);
  const { exitCode, printed } = await runWithoutLeak([file], {
    READER: `https://reader:${password}@${secure.host}`,
    DEBUG: 'opensearch*',
  });
  assert.equal(exitCode, 1);
  assert.match(printed, /A promise that no cell awaits was rejected: .*no index 'test-unawaited'/);
  const notebook = await readExecuted(out, 'failing.ipynb');
  for (const [name, [, says]] of Object.entries(wrongUses)) {
    assert.match(shown(notebook, name).stderr, says, name);
  }
  assert.match(shown(notebook, 'shown').text, /OpenSearch 2\.19\.1 at localhost:\d+/);
  assert.match(shown(notebook, 'events').text, /statusCode: 200/);
});
