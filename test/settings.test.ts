import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readSettings, repositoryRoot, settingNames } from '../workshop/settings';
import { parseServiceUri } from '../workshop/settings/service-uri';
import { makeCertificate } from './support/certificates';
import { temporaryFolder } from './support/temporary-folder';

const folder = temporaryFolder();

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
  const folders = ['photos', '.models'].map((name) => path.join(repositoryRoot, name));
  assert.deepEqual([photosDir, modelCache], folders);
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
  assertRefused(() => readSettings({}, envFile('PHOTOS_DIR=/data/Holiday pics#2 # mine')), 'line 1', 'PHOTOS_DIR');
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
  [{ PHOTOS_DIR: 'x'.repeat(300) }, "PHOTOS_DIR: .* can't be read \\(ENAMETOOLONG\\)"],
  [{ MODEL_CACHE: 'package.json' }, 'MODEL_CACHE', 'no folder'],
  [{ CLIP_DTYPE: 'int4' }, "CLIP_DTYPE is 'int4'", 'fp32, fp16 or q8', 'text=fp32,vision=q8'],
  [{ CLIP_DTYPE: 'vision=q8' }, 'CLIP_DTYPE'],
  [{ INSECURE_TLS: 'true' }, "INSECURE_TLS is 'true'", 'yes or no'],
  [{ CA_CERT: 'no-such.pem' }, 'CA_CERT', 'no-such.pem', 'save the CA certificate'],
  [{ CA_CERT: 'package.json' }, 'CA_CERT', 'PEM'],
  [{ HF_ENDPOINT: 'huggingface.co' }, 'HF_ENDPOINT', 'https://'],
  [{ HF_ENDPOINT: 'https://u:SECRET@hub', HF_TOKEN: 'SECRET' }, 'HF_ENDPOINT', 'without user'],
  [{ HF_ENDPOINT: 'ftp://hub' }, 'HF_ENDPOINT', 'https://'],
  [{ HF_ENDPOINT: 'https://https://hub' }, 'HF_ENDPOINT', 'twice'],
  [{ SERVICE_URI: 'host:9200' }, 'SERVICE_URI', 'https://'],
];
test('a wrong value is refused with it and what to do', () => {
  for (const [env, ...words] of wrong) assertRefused(() => readSettings(env, noEnvFile), ...words);
});

test('a wrong value is said to come from the environment only where it hides one in .env', () => {
  const file = envFile('INDEX_NAME=Photos');
  assertRefused(() => readSettings({ INDEX_NAME: 'Photos' }, file), 'from the environment');
  assert.throws(() => readSettings({}, file), { message: /^(?!.*environment)/s });
});

test('every name that OpenSearch takes for an index is taken', () => {
  for (const name of ['photos', 'photos-2', 'a.b', '.hidden', 'é', 'x'.repeat(255)]) {
    assert.equal(readSettings({ INDEX_NAME: name }, noEnvFile).indexName, name);
  }
});

test('relative paths start from the repository, ~ is the home folder, certificates are read', async () => {
  const pem = path.join(folder, 'ca.pem');
  writeFileSync(pem, (await makeCertificate({ name: 'ca' })).certificate);
  const env = { PHOTOS_DIR: 'lib', MODEL_CACHE: '~/models', CA_CERT: pem, MAX_MEGAPIXELS: '250' };
  const settings = readSettings(env, noEnvFile);
  assert.equal(settings.photosDir, path.join(repositoryRoot, 'lib'));
  assert.equal(settings.modelCache, path.join(os.homedir(), 'models'));
  assert.equal(settings.caCert, pem);
  assert.equal(settings.limitPixels, 250_000_000);
});

/** The password that would be sent for this URI. */
function passwordOf(uri: string): string | undefined {
  const { credentials } = parseServiceUri(uri);
  const sent = Buffer.from(credentials?.authorization.slice(6) ?? '', 'base64').toString();
  return sent.slice((credentials?.username.length ?? 0) + 1);
}

test('a password arrives as it is, written as it is and percent-encoded', () => {
  const specials = ['#', '/', '?', '%', '@', ':', '+', ' ', '&', '=', ',', 'ü', '#/?%@:', '://', '%zz', '"\'`$\\'];
  for (const password of specials.map((special) => `a${special}b`)) {
    assert.equal(passwordOf(`https://avnadmin:${password}@host.cloud:12345`), password);
    assert.equal(passwordOf(`https://avnadmin:${encodeURIComponent(password)}@host.cloud:12345`), password);
  }
});

test('a URI comes apart into nodes without credentials, host and user; without a user there are no credentials, without a port the usual one is named', () => {
  const { nodes, host, secure, credentials } = parseServiceUri(' https://me@mail.org:pass@my.host:9243/prefix/ ');
  assert.deepEqual([nodes, host, secure], [['https://my.host:9243/prefix'], 'my.host:9243', true]);
  assert.equal(credentials?.username, 'me@mail.org');
  assert.equal(parseServiceUri('http://localhost:9200').credentials, undefined);
  assert.equal(parseServiceUri('https://h').host, 'h:443');
  assert.equal(parseServiceUri('http://[::1]:9200').host, '[::1]:9200');
});

test('several nodes share the credentials, which may be written once', () => {
  const service = parseServiceUri('https://u:a,b@h1:1, https://h2:2,https://u:a,b@h3:3');
  assert.deepEqual(service.nodes, ['https://h1:1', 'https://h2:2', 'https://h3:3']);
  assert.equal(service.credentials?.username, 'u');
  assert.throws(() => parseServiceUri('https://u:a@h1:1,https://u:b@h2:2'), /share one/);
});

const refused: [string, RegExp][] = [
  ['my-service.aivencloud.com:12345', /must begin with https:\/\/.*copy the whole service URI/],
  ['avnadmin:SECRET@my-service.aivencloud.com:12345', /must begin with https:\/\//],
  ['postgres://avnadmin:SECRET@h:1', /not postgres:\/\//],
  ["'https://u:SECRET@h:1", /quotation mark/],
  ['https://avnadmin:SECRET', /port .*: it must look like https:\/\/user:password@host:port/],
  ['https://u:SECRET@h.cloud:1234l', /port that is not a number/],
  ['https://u:SECRET@h:1e3', /port that is not a number/],
  ['https://u:SECRET@<host>:9200', /neither a name nor an IP address/],
  ['http://192.168.1.300:9200', /neither a name nor an IP address/],
  ['https://avnadmin:SECRET@:9200', /no host/],
  ['https://avnadmin@h:1', /no password/],
  ['https://:SECRET@h:1', /no user/],
  ['https://u:SECRET@h:99999', /65535/],
  ['https://u:SECRET@h:1/?x=1', /SERVICE_URI/],
  ['https://u:SECRET@h 1', /SERVICE_URI/],
  ['https://avnadmin:SECRET@your-service.aivencloud.com:12345', /example value/],
  ['https://u:SECRET%41#x@h:1', /is ambiguous.*percent-encoded/],
  ['https://u:SECRET%41%@h:1', /is ambiguous/],
  ['', /must begin/],
  ['https://https://u:SECRET@h:1', /second https:\/\//],
  ['https://http://h:1', /second https:\/\//],
  ['https://u:SECRET@https://h:1', /second https:\/\//],
  ['https://u:SECRET@h1:1;https://u:SECRET@h2:2', /second https:\/\/.*commas/],
  ['https://u:SECRET@h1:1 https://u:SECRET@h2:2', /second https:\/\/.*commas/],
  ['https://u:SECRET@u:SECRET@h:1', /user and password twice/],
  ['https://h.cloud:9200@u:SECRET', /user and password after the host/],
  ['https://u:SECRET@h:9200:9200', /two ports/],
  ['http://[::1]:9200:9200/', /two ports/],
  ['https://u:SECRET@h/prefix:9200', /port after the path/],
  ['https://u:SECRET@h1:1,h2:2', /several nodes: write https:\/\/ before each/],
  ['https://u:SECRET@h:1?pretty', /continues after the address/],
  ['SERVICE_URI=https://u:SECRET@h:1', /holds its own name/],
  ["SERVICE_URI='https://u:SECRET@h:1", /holds its own name/],
];
test('a URI that is not the address of a service is refused with a reason, and without the password', () => {
  for (const [uri, reason] of refused) {
    const expected = { name: 'PhotoSearchError', message: reason, stack: /^(?!.*SECRET)/s };
    assert.throws(() => parseServiceUri(uri), expected, uri);
  }
});
