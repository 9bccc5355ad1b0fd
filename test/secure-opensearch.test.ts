import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { exact } from '../further/index-lab/configurations';
import { indexLab } from '../further/index-lab/index-lab';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos } from '../lib/photos';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings } from '../workshop/settings';
import { readNotebook, workshopNotebooks } from '../maintain/notebook-cells';
import { cellsShow } from './support/cells-show';
import { fakeClip } from './support/fake-clip';
import { holdsOne, leaksDuring } from './support/leaks';
import { assertSensible, readExecuted, root, runNotebooks, shown } from './support/run-notebooks';
import { startSecureOpenSearch } from './support/secure-opensearch';
import { temporaryFolder } from './support/temporary-folder';

const password = 'MARK7c31#/?s%w@o:r d';
const token = 'MARK7c31-token';
const base64 = Buffer.from(`avnadmin:${password}`).toString('base64').slice(0, 20);
/** What must be nowhere: the password in all the forms in which it is on its way, and its beginning. */
const secrets = ['MARK7c31', encodeURIComponent(password), base64];
const index = 'test-secure';
const folder = temporaryFolder();
let secure: Awaited<ReturnType<typeof startSecureOpenSearch>>;
let client: Client;

before(async () => {
  secure = await startSecureOpenSearch(password);
  client = await connect();
});

after(() => secure.stop());

function connect(user = 'avnadmin', secret = password): Promise<Client> {
  const env = { SERVICE_URI: `https://${user}:${secret}@${secure.host}`, CA_CERT: secure.caCert };
  return connectOpenSearch(readSettings(env, '/none'), { patienceMs: 0, notice: () => undefined });
}

/** As the server itself does when its disk is 90 % full. */
function blockNewIndexes(is: true | null): Promise<unknown> {
  return client.cluster.putSettings({ body: { transient: { 'cluster.blocks.create_index': is } } });
}

const wrongPassword =
  /^localhost:\d+ does not accept user 'avnadmin' with the password in SERVICE_URI \(401\): copy both again from/;
const tooLarge = /rejected PUT \/test-secure\/_doc\/large as too large \(413\)/;
const sendLarge = () => client.index({ index, id: 'large', body: { title: 'x'.repeat(1_500_000) } });
/** What the server itself refuses, with the words that explain it. */
const refusals: [what: string, statusCode: number, says: RegExp, () => Promise<unknown>][] = [
  ['a wrong password: user and host', 401, wrongPassword, () => connect('avnadmin', 'SECRET')],
  [
    'a user without the right: who, what, and which right is missing',
    403,
    /^User 'reader' is not allowed to do this at .*\(403 at PUT \/test-secure-reader\): no permissions for \[indices:admin\/create\]/,
    async () => {
      const reader = await connect('reader');
      await reader.indices.create({ index: 'test-secure-reader' }).finally(() => void reader.close());
    },
  ],
  [
    'a lab by a user without the right: who and what, and nothing of indexes that were not made',
    403,
    /^User 'reader' is not allowed to do this at .*\(403 at PUT \/lab-\w+-0\): no permissions for \[indices:admin\/create\]/,
    async () => {
      const reader = await connect('reader');
      const data = { name: 'two', vectors: [Float32Array.of(1, 0)], queries: [Float32Array.of(0, 1)] };
      await indexLab(reader, data, { configurations: [exact], k: 1 }).finally(() => void reader.close());
    },
  ],
  ['a request that is too large: send fewer documents at a time', 413, tooLarge, sendLarge],
  [
    'a disk that is 90 % full: no new index because of the disk, not of permissions',
    403,
    /^OpenSearch creates no new index because its disk is more than 90 % full \(this is not about permissions\)/,
    async () => {
      await blockNewIndexes(true);
      await client.indices.create({ index: 'test-secure-new' }).finally(() => blockNewIndexes(null));
    },
  ],
];

for (const [what, statusCode, message, request] of refusals) {
  test(what, () => assert.rejects(request, { name: 'RequestError', statusCode, message }));
}

test('recreate keeps an index, photos and all, where a full disk lets no new one be made', async () => {
  const kept = { index: 'test-secure-kept', body: photoIndexBody(fakeClip().identity) };
  await createPhotoIndex(client, kept);
  await blockNewIndexes(true);
  const recreated = createPhotoIndex(client, { ...kept, recreate: true }).finally(() => blockNewIndexes(null));
  await assert.rejects(recreated, { statusCode: 403, message: /disk is more than 90 % full/ });
  assert.equal((await client.indices.exists({ index: kept.index })).body, true);
});

test('over TLS, with 30 photos of a stranger: every cell of the workshop works, and the password is nowhere, nor in an error, with which a failing cell ends the run', async () => {
  // All that the run writes anywhere comes to lie where the test looks for the password.
  const [out, home, temporary] = ['out', 'home', 'tmp'].map((name) => path.join(folder, name));
  assert.ok(out && home && temporary);
  for (const made of [out, home, temporary]) mkdirSync(made);
  const photosDir = path.join(folder, 'stranger');
  mkdirSync(path.join(photosDir, '2023'), { recursive: true });
  const { photos } = await findPhotos(path.join(root, 'photos'));
  for (const [i, { path: file }] of photos.slice(0, 30).entries()) {
    copyFileSync(file, path.join(photosDir, '2023', `IMG_${i}.jpg`));
  }
  const [first = '', second = ''] = await workshopNotebooks(root);
  const failing = await thirdThatFails();
  const env = {
    // As the provider's console shows it, special characters and all.
    SERVICE_URI: `https://avnadmin:${password}@${secure.host}`,
    CA_CERT: secure.caCert,
    HF_TOKEN: token,
    INDEX_NAME: index,
    PHOTOS_DIR: photosDir,
    HF_ENDPOINT: 'http://127.0.0.1:9',
    MODEL_CACHE: path.join(folder, 'models'),
    ...{ CLIP_MODEL: '', CLIP_DTYPE: '', INSECURE_TLS: '' },
    ...{ HOME: home, TMPDIR: temporary, JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime') },
  };
  const serverFolder = path.resolve(secure.caCert, '../../..');
  const { result, leaks, commandLines } = await leaksDuring(secrets, [folder, serverFolder], async () => {
    const cells = await cellsShow([first, second], env);
    return { cells, ...(await runNotebooks([failing], out, env)) };
  });
  const says = /no index 'test-missing'.*\nfailing\.ipynb failed.*\[1\]$/s;
  assert.match(`${result.printed}[${String(result.exitCode)}]`, says);
  assert.match(result.cells['2 upload'] ?? '', /^indexed +30$/m);
  assert.deepEqual(leaks, []);
  assert.ok(!holdsOne(JSON.stringify(result), secrets), 'the terminal shows a secret');
  if (process.platform === 'linux') assert.ok(commandLines > 3);

  const third = await readExecuted(out, 'failing.ipynb');
  assert.equal(shown(third, 'search').html.match(/<img src="data:image\/jpeg/g)?.length, 3);
  assert.match(shown(third, 'shown').text, /OpenSearch 2\.19\.1 at localhost:\d+/);
  assert.equal(shown(third, 'after').text, '');
  third.cells.splice(-Object.keys(afterThird).length);
  assertSensible(third);
});

const afterThird = {
  shown: `console.log(client, settings, [client], JSON.stringify({ client: client, settings: settings }));
    console.dir(client, { depth: 8, showHidden: true, customInspect: false });
    console.dir(settings, { depth: null, showHidden: true, customInspect: false });`,
  printed: `try { await client.count({ index: 'test-missing' }); } catch (error) {
      console.error(error);
      console.dir(error, { depth: null, showHidden: true });
    }`,
  fails: `await client.count({ index: 'test-missing' });`,
  after: `console.log('goes on');`,
};

/** Notebook 3, which then prints client and settings in all ways, and fails for want of an index. */
async function thirdThatFails(): Promise<string> {
  const notebook = await readNotebook(path.join(root, '3-run-vector-search.ipynb'));
  for (const [id, source] of Object.entries(afterThird)) {
    notebook.cells.push({ cell_type: 'code', execution_count: null, id, metadata: {}, outputs: [], source: [source] });
  }
  const file = path.join(folder, 'failing.ipynb');
  writeFileSync(file, JSON.stringify(notebook));
  return file;
}
