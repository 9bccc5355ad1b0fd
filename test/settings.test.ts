import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readSettings, repositoryRoot, settingNames } from '../workshop/settings';
import { makeCertificate } from './support/certificates';

const folder = mkdtempSync(path.join(os.tmpdir(), 'settings-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const noEnvFile = path.join(folder, 'none', '.env');

function envFile(content: string | Buffer): string {
  const file = path.join(folder, '.env');
  writeFileSync(file, content);
  return file;
}

function assertRefused(action: () => unknown, ...words: (string | RegExp)[]): void {
  for (const message of words.map((word) => new RegExp(word))) {
    assert.throws(action, { name: 'PhotoSearchError', message, stack: /^(?!.*SECRET)/s });
  }
}

test('without .env and environment every setting has its default; .env.example says the same, and names every setting', () => {
  const settings = readSettings({}, noEnvFile);
  const { serviceUri, insecureTls, indexName, photosDir, modelCache, hfEndpoint, clipModel } = settings;
  assert.deepEqual([serviceUri, insecureTls, indexName, clipModel], [undefined, false, 'photos', undefined]);
  assert.deepEqual(
    [photosDir, modelCache],
    ['photos', '.models'].map((name) => path.join(repositoryRoot, name)),
  );
  assert.equal(hfEndpoint, 'https://huggingface.co');
  const example = path.join(repositoryRoot, '.env.example');
  assert.deepEqual({ ...readSettings({}, example) }, { ...settings });
  const text = readFileSync(example, 'utf8');
  for (const name of settingNames) assert.match(text, new RegExp(`^# .+\\n(#.*\\n)*${name}=`, 'm'));
});

test('the environment wins over .env, even where it is empty; a corrected .env counts at the next call, and nothing is written to the environment', () => {
  const before = { ...process.env };
  const file = envFile('INDEX_NAME=from-file\nSERVICE_URI=https://u:p@h:1\n');
  assert.equal(readSettings({}, file).indexName, 'from-file');
  assert.equal(readSettings({ INDEX_NAME: 'from-env' }, file).indexName, 'from-env');
  assert.equal(readSettings({ SERVICE_URI: '' }, file).serviceUri, undefined);
  assert.equal(readSettings({}, envFile('INDEX_NAME=two')).indexName, 'two');
  assert.deepEqual({ ...process.env }, before);
});

test('an unquoted # that would cut a password is refused, naming file and line, not the password; in quotes it is whole', () => {
  const file = envFile('INDEX_NAME=a # a comment\nSERVICE_URI=https://u:SECRET#SECRET@h:1');
  assertRefused(() => readSettings({}, file), 'line 2', 'SERVICE_URI', 'single quotes');
  for (const quote of ["'", '"', '`']) {
    const quoted = envFile(`SERVICE_URI=${quote}https://u:a#b@h:1${quote}   # comment`);
    assert.equal(readSettings({}, quoted).serviceUri, 'https://u:a#b@h:1');
  }
});

test('a .env in UTF-16, as Windows writes it, is named as such; a byte order mark does no harm', () => {
  assertRefused(() => readSettings({}, envFile(Buffer.from('A=b', 'utf16le'))), 'UTF-8');
  assert.equal(readSettings({}, envFile('\uFEFFINDEX_NAME=x')).indexName, 'x');
});

const wrong: [Record<string, string>, ...string[]][] = [
  [{ MAX_MEGAPIXELS: 'many' }, "MAX_MEGAPIXELS is 'many': it must be a number above 0"],
  [{ MAX_MEGAPIXELS: '0' }, 'must be a number above 0'],
  [{ INDEX_NAME: 'Photos' }, "INDEX_NAME is 'Photos'", 'lower case'],
  [{ INDEX_NAME: 'my photos' }, 'spaces'],
  [{ INDEX_NAME: 'a,b' }, 'must not contain'],
  [{ INDEX_NAME: '_photos' }, 'begin'],
  [{ INDEX_NAME: '..' }, 'dot'],
  [{ INDEX_NAME: 'é'.repeat(128) }, '255 bytes'],
  [{ PHOTOS_DIR: 'no/such' }, 'PHOTOS_DIR', path.join(repositoryRoot, 'no/such')],
  [{ PHOTOS_DIR: 'package.json' }, 'no folder'],
  [{ MODEL_CACHE: 'package.json' }, 'MODEL_CACHE', 'no folder'],
  [{ CLIP_DTYPE: 'int4' }, "CLIP_DTYPE is 'int4'", 'fp32, fp16 or q8', 'text=fp32,vision=q8'],
  [{ CLIP_DTYPE: 'vision=q8' }, 'CLIP_DTYPE'],
  [{ INSECURE_TLS: 'true' }, "INSECURE_TLS is 'true'", 'yes or no'],
  [{ CA_CERT: 'no-such.pem' }, 'CA_CERT', 'no-such.pem', 'save the CA certificate'],
  [{ CA_CERT: 'package.json' }, 'CA_CERT', 'PEM'],
  [{ HF_ENDPOINT: 'huggingface.co' }, 'HF_ENDPOINT', 'https://'],
  [{ HF_ENDPOINT: 'https://u:SECRET@hub', HF_TOKEN: 'SECRET' }, 'HF_ENDPOINT', 'without user'],
  [{ HF_ENDPOINT: 'https://https://hub' }, 'HF_ENDPOINT', 'twice'],
  [{ SERVICE_URI: 'host:9200' }, 'SERVICE_URI', 'https://'],
];
test('a wrong value is refused with it and what to do', () => {
  for (const [env, ...words] of wrong) assertRefused(() => readSettings(env, noEnvFile), ...words);
});

test('a wrong value is told to come from the environment where it hides one in .env, else not', () => {
  const file = envFile('INDEX_NAME=Photos');
  assertRefused(() => readSettings({ INDEX_NAME: 'Photos' }, file), 'from the environment');
  assert.throws(
    () => readSettings({}, file),
    (error: Error) => !error.message.includes('environment'),
  );
});

test('every name that OpenSearch takes for an index is taken', () => {
  for (const name of ['photos', 'photos-2', 'a.b', '.hidden', 'é', 'x'.repeat(255)]) {
    assert.equal(readSettings({ INDEX_NAME: name }, noEnvFile).indexName, name);
  }
});

test('relative paths start from the repository, ~ is the home folder, certificates are read', async () => {
  const pem = path.join(folder, 'ca.pem');
  writeFileSync(pem, (await makeCertificate({ name: 'ca' })).certificate);
  const settings = readSettings(
    { PHOTOS_DIR: 'lib', MODEL_CACHE: '~/models', CA_CERT: pem, MAX_MEGAPIXELS: '250' },
    noEnvFile,
  );
  assert.equal(settings.photosDir, path.join(repositoryRoot, 'lib'));
  assert.equal(settings.modelCache, path.join(os.homedir(), 'models'));
  assert.equal(settings.caCert, pem);
  assert.equal(settings.limitPixels, 250_000_000);
});
