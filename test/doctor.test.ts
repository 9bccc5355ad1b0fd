import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { builtInFolder, builtInModel } from '../clip-model/built-in-model';
import { keepReceipt } from '../clip-model/receipts';
import { folderIdentity } from '../clip-model/folder-identity';
import { hashFile } from '../lib/photos';
import { photoIndexBody } from '../lib/photo-index';
import { repositoryRoot } from '../workshop/settings';
import { examineAll } from '../tools/doctor/examine-all';
import { lineOf } from '../tools/doctor/finding.mjs';
import { makeAuthorityAndServer } from './support/certificates';
import { fixtures } from './support/clip-fixtures';
import { listen } from './support/loopback';
import { testClient } from './support/photo-indexes';
import { runToEnd } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-doctor';
const folder = temporaryFolder();
let client: Client;
let url: string;
/** Has no model, and says so at once. */
const hub = http.createServer((_, response) => response.writeHead(404).end());
let HF_ENDPOINT: string;

before(async () => {
  url = await testOpenSearchUrl();
  HF_ENDPOINT = `http://127.0.0.1:${await listen(hub)}`;
  client = await testClient();
  await client.indices.delete({ index, ignore_unavailable: true });
});

after(() => client.indices.delete({ index, ignore_unavailable: true }));

interface Verdict {
  code: unknown;
  output: string;
  /** Sign and text of each line, by what was looked at. */
  lines: Map<string, string>;
}

const testEnv = { MODEL_CACHE: folder, INDEX_NAME: index };

/** Runs the command in `root` with these settings in the environment. */
async function runDoctor(env: Record<string, string>, root = repositoryRoot): Promise<Verdict> {
  const options = { cwd: root, env: { ...testEnv, ...env } };
  const { code, stdout, stderr } = await runToEnd(process.execPath, ['tools/doctor.mjs'], options);
  return { code, ...read(stdout + stderr) };
}

/** Only what it finds of settings, model cache, network, cluster and index. */
async function examine(env: Record<string, string>): Promise<Map<string, string>> {
  const found: string[] = [];
  for await (const finding of examineAll(repositoryRoot, { ...testEnv, HF_ENDPOINT, ...env })) {
    found.push(lineOf(finding));
  }
  return read(found.join('\n')).lines;
}

function read(output: string): Pick<Verdict, 'output' | 'lines'> {
  assert.doesNotMatch(output, /SECRET|\n +at /);
  const lines = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, sign, what, says] = /^(OK|WRONG|WARN|–) +(\S.{0,14}?) {2,}(\S.*)$/.exec(line.trim()) ?? [];
    if (what !== undefined) lines.set(what, `${sign ?? ''} ${says ?? ''}`);
  }
  return { output, lines };
}

test('with all in order there is a line for each thing, and the exit code is 0', async () => {
  const { code, lines, output } = await runDoctor({ SERVICE_URI: url, CLIP_MODEL: 'built-in' });
  assert.equal(code, 0, output);
  const well = ['Node', 'Disk', 'Python', 'npm packages', 'Jupyter', 'Kernel', 'SERVICE_URI', 'Name', 'Port'];
  for (const what of [...well, 'OpenSearch', 'Server disk']) assert.match(lines.get(what) ?? 'no line', /^OK /, what);
  assert.match(lines.get('OpenSearch') ?? '', /OpenSearch 3\.6\.0 at .*, with its k-NN plugin/);
  assert.match(lines.get('Index') ?? '', /^– there is no 'test-doctor' yet: notebook 1 makes it/);
  assert.match(output, /All is well\.\n$/);
});

test('where the built-in model stands in, not all is well: it says which model is in use, and how to change it', async () => {
  const noHub = { SERVICE_URI: url, HF_ENDPOINT: 'http://127.0.0.1:9', CLIP_MODEL: '' };
  const { code, lines, output } = await runDoctor(noHub);
  assert.equal(code, 0, output);
  assert.match(lines.get('Model hub') ?? '', /^WARN .*notebook 1 uses the small model in this/);
  assert.match(output, /\nNothing to fix, but see the lines with WARN\.\n$/);

  const identity = await folderIdentity(builtInFolder);
  await client.indices.create({ index, body: photoIndexBody(identity) });
  const holds = new RegExp(`^WARN .*vectors of ${builtInModel}@.*stands in.*recreate set to true`);
  assert.match((await examine({ SERVICE_URI: url })).get('Index') ?? '', holds);
  const chosen = await examine({ SERVICE_URI: url, CLIP_MODEL: 'built-in' });
  assert.match(chosen.get('Index') ?? '', new RegExp(`^– .*vectors of ${builtInModel}@`));
  const other = await examine({ SERVICE_URI: url, CLIP_MODEL: 'org/clip' });
  assert.match(other.get('Index') ?? '', /^WARN .*CLIP_MODEL is org\/clip, but the index holds/);
  await client.indices.delete({ index });

  await client.indices.create({ index, body: photoIndexBody({ ...identity, revision: 'sha256:0badcafe0000' }) });
  const changed = await examine({ SERVICE_URI: url, CLIP_MODEL: folder });
  assert.match(changed.get('Index') ?? '', /^WRONG The files in .* are not those that the index was made with/);
  assert.match(changed.get('Model hub') ?? '', /^WRONG .*config\.json can't be read/);
  await client.indices.delete({ index });
});

test('without packages it still looks at the machine, and says to run the set-up; a setting that cannot be used is named', async () => {
  const bare = path.join(folder, 'bare');
  mkdirSync(bare);
  for (const part of ['tools', 'package.json', 'package-lock.json', '.npmrc', 'requirements.txt']) {
    cpSync(path.join(repositoryRoot, part), path.join(bare, part), { recursive: true });
  }
  const { code, lines } = await runDoctor({}, bare);
  assert.equal(code, 1);
  assert.match(lines.get('Node') ?? '', /^OK /);
  assert.match(lines.get('npm packages') ?? '', /^WRONG missing.*node tools\/setup\.mjs/);
  const found = await examine({ INDEX_NAME: 'Photos' });
  assert.match(found.get('.env') ?? '', /^WRONG INDEX_NAME is 'Photos'.*lower case/);
});

test('a refused password: user and host, never the password; an unknown authority is wrong; with CA_CERT it says how long its certificate is valid', async () => {
  const { authority, server } = await makeAuthorityAndServer();
  const refuse: http.RequestListener = (_, response) => response.writeHead(401).end('Unauthorized');
  const servers = [
    http.createServer(refuse),
    https.createServer({ cert: server.certificate, key: server.key }, refuse),
  ];
  const [plain = 0, secure = 0] = await Promise.all(servers.map((one) => listen(one)));
  const refused = await examine({ SERVICE_URI: `http://avnadmin:SECRET@127.0.0.1:${plain}` });
  assert.match(refused.get('Credentials') ?? '', /^WRONG user avnadmin is not accepted/);
  assert.match(refused.get('OpenSearch') ?? '', /^WRONG 127.0.0.1:\d+ does not accept user 'avnadmin'/);

  const SERVICE_URI = `https://u:SECRET@localhost:${secure}`;
  assert.match((await examine({ SERVICE_URI })).get('TLS') ?? '', /^WRONG .*set CA_CERT/);
  const file = path.join(folder, 'ca.pem');
  writeFileSync(file, authority.certificate);
  const trusted = await examine({ SERVICE_URI, CA_CERT: file });
  assert.match(trusted.get('TLS') ?? '', /^OK TLSv1\.3, certificate valid until \d{4}-\d\d-\d\d/);
});

test('the index: how many photos, vectors of which model, and whether it is blocked', async () => {
  const identity = { model: 'a/clip', revision: 'b', dtype: 'q8', preprocessing: 'test', dimension: 4 };
  await client.indices.create({ index, body: photoIndexBody(identity) });
  const open = await examine({ SERVICE_URI: url });
  assert.match(open.get('Index') ?? '', /^OK 'test-doctor' holds 0 photos, vectors of a\/clip@b, q8, 4/);
  const block = (value: true | null) =>
    client.indices.putSettings({ index, body: { index: { blocks: { read_only_allow_delete: value } } } as never });
  await block(true);
  const blocked = await examine({ SERVICE_URI: url });
  assert.match(blocked.get('Index') ?? '', /^WRONG Index 'test-doctor' accepts no documents because OpenSearch's disk/);
  await block(null);
});

test('a downloaded model that was damaged since is named', async () => {
  const model = path.join(folder, 'someone', 'clip', 'commit');
  mkdirSync(model, { recursive: true });
  writeFileSync(path.join(model, 'model.onnx'), 'cut');
  const receipt = { 'model.onnx': { size: 1000, sha256: '0'.repeat(64), changedMs: 0 } };
  writeFileSync(path.join(model, 'downloaded.json'), JSON.stringify(receipt));
  const lines = await examine({ SERVICE_URI: url });
  assert.match(lines.get('Model cache') ?? '', /^– someone\/clip\/commit: model\.onnx has changed since the download/);
});

test('the hub is not needed where all files of the named model are in the cache, at the commit that its branch was then', async (t) => {
  const MODEL_CACHE = temporaryFolder(t);
  const commit = 'c'.repeat(40);
  const model = path.join(MODEL_CACHE, 'someone', 'tiny', commit);
  cpSync(path.join(fixtures, 'tiny32'), model, { recursive: true });
  const hubLine = async () =>
    (await examine({ SERVICE_URI: url, CLIP_MODEL: 'someone/tiny', MODEL_CACHE })).get('Model hub');
  const files = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const keep = async (file: string) => keepReceipt(model, file, (await hashFile(path.join(model, file))).sha256);
  for (const file of files) await keep(file);
  mkdirSync(path.join(MODEL_CACHE, 'someone', 'tiny', 'refs'));
  writeFileSync(path.join(MODEL_CACHE, 'someone', 'tiny', 'refs', 'main'), commit);
  assert.match((await hubLine()) ?? '', /^WRONG .*HTTP 404/, 'the weights have still to come');
  for (const tower of ['text', 'vision']) await keep(`onnx/${tower}_model.onnx`);
  assert.match((await hubLine()) ?? '', /^OK not needed for someone\/tiny/);
});
