import assert from 'node:assert/strict';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { installServer, type ServerArtifacts } from '../local-opensearch/install-server';
import { unpack } from '../local-opensearch/unpack';
import {
  makeServerArtifacts,
  serverJar,
  startMavenRepository,
  zip,
  type MavenRepository,
} from './support/maven-repository';
import { temporaryFolder } from './support/temporary-folder';

test('the server is put together from its two artefacts, and nothing else is left', async (t) => {
  const { repository, artifacts, folder } = await workbench(t);
  const paths = localOpenSearchPaths(folder);
  await installServer(paths, artifacts, repository.url);
  assertWhole(paths.server);
  accessSync(path.join(paths.server, 'bin/opensearch'), constants.X_OK);
  assert.equal(existsSync(path.join(paths.server, 'bin/opensearch.bat')), false);
  assert.equal(existsSync(path.join(paths.server, 'modules/ingest-geoip')), false);
  assert.deepEqual(readdirSync(folder), ['server-3.6.0']);
});

test('other bytes than the pinned ones are refused and never unpacked', async (t) => {
  const { repository, artifacts, folder } = await workbench(t);
  repository.behaviour = 'wrong';
  const paths = localOpenSearchPaths(folder);
  await assert.rejects(installServer(paths, artifacts, repository.url), {
    name: 'DownloadError',
    message: /SHA-256/,
  });
  assert.equal(existsSync(paths.server), false);
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
  truncateSync(archive, statSync(archive).size - 100);
  await assert.rejects(unpack(archive, folder));
  await assert.rejects(unpack(damaged, folder));
});

async function workbench(
  t: TestContext,
): Promise<{ repository: MavenRepository; artifacts: ServerArtifacts; folder: string }> {
  const files = temporaryFolder(t);
  const artifacts = makeServerArtifacts(files);
  const repository = await startMavenRepository(files);
  t.after(() => {
    repository.close();
  });
  return { repository, artifacts, folder: temporaryFolder(t) };
}

function assertWhole(server: string): void {
  assert.equal(readFileSync(path.join(server, 'lib/opensearch-3.6.0.jar'), 'utf8'), serverJar);
  assert.equal(readFileSync(path.join(server, 'modules/reindex/reindex.jar'), 'utf8'), 'reindex');
  const plugin = path.join(server, 'plugins/opensearch-knn/plugin-descriptor.properties');
  assert.match(readFileSync(plugin, 'utf8'), /opensearch-knn/);
}
