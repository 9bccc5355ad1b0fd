import assert from 'node:assert/strict';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { installServer } from '../local-opensearch/install-server';
import { unpack } from '../local-opensearch/unpack';
import { makeServerArtifacts, serverJar, startMavenRepository, zip } from './support/maven-repository';
import { temporaryFolder } from './support/temporary-folder';

test('the server is put together from its two artefacts, and nothing else is left; other bytes than the pinned ones are refused and never unpacked', async (t) => {
  const files = temporaryFolder(t);
  const artifacts = makeServerArtifacts(files);
  const repository = await startMavenRepository(files);
  t.after(() => repository.close());
  const folder = temporaryFolder(t);
  const paths = localOpenSearchPaths(folder);
  repository.behaviour = 'wrong';
  const refused = { name: 'DownloadError', message: /SHA-256/ };
  await assert.rejects(installServer(paths, artifacts, repository.url), refused);
  assert.equal(existsSync(paths.server), false);
  repository.behaviour = 'good';
  await installServer(paths, artifacts, repository.url);
  const read = (name: string) => readFileSync(path.join(paths.server, name), 'utf8');
  assert.equal(read('lib/opensearch-3.6.0.jar'), serverJar);
  assert.equal(read('modules/reindex/reindex.jar'), 'reindex');
  assert.match(read('plugins/opensearch-knn/plugin-descriptor.properties'), /opensearch-knn/);
  accessSync(path.join(paths.server, 'bin/opensearch'), constants.X_OK);
  for (const left of ['bin/opensearch.bat', 'modules/ingest-geoip']) {
    assert.equal(existsSync(path.join(paths.server, left)), false);
  }
  assert.deepEqual(readdirSync(folder), ['server-3.6.0']);
});

test('an archive whose names lead out of its folder is refused', async (t) => {
  const folder = temporaryFolder(t);
  const inside = path.join(folder, 'inside');
  mkdirSync(inside);
  for (const name of ['../outside.txt', 'a/../../outside.txt', '/outside.txt', '..\\outside.txt']) {
    const archive = path.join(folder, 'evil.zip');
    zip(archive, { [name]: { text: 'evil' } });
    await assert.rejects(unpack(archive, inside), /invalid|absolute/, name);
  }
  assert.deepEqual(readdirSync(folder).sort(), ['evil.zip', 'inside']);
  assert.deepEqual(readdirSync(inside), []);
});

test('an archive that is cut off or damaged is refused', async (t) => {
  const folder = temporaryFolder(t);
  const archive = path.join(folder, 'good.zip');
  zip(archive, { 'file.txt': { text: serverJar } });
  const bytes = readFileSync(archive);
  const damaged = path.join(folder, 'damaged.zip');
  writeFileSync(damaged, Buffer.from(bytes).fill(0xff, 2000, 3000));
  truncateSync(archive, bytes.length - 100);
  await assert.rejects(unpack(archive, folder));
  await assert.rejects(unpack(damaged, folder));
});
