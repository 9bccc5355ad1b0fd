import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess } from './support/in-process';
import { makeServerArtifacts, serverJar, startMavenRepository, type MavenRepository } from './support/maven-repository';
import { makeSmallRepository } from './support/small-repository';
import { temporaryFolder } from './support/temporary-folder';

/** What appears when a step is under way, and how long after that set-up is killed, in ms. */
const moments: [sign: string, pause: number][] = [
  ['node_modules', 0],
  ['node_modules/yauzl/package.json', 0],
  ['.venv/pyvenv.cfg', 0],
  ['.venv/bin/pip', 300],
  ['.opensearch/downloads', 100],
  ['.opensearch/unpacking', 0],
  ['.opensearch/server-3.6.0', 0],
  ['.opensearch/trial', 100],
];

test('set-up killed in each step and run again ends right; once more, it does nothing', async (t) => {
  const { folder, repository } = await smallRepository(t);
  repository.behaviour = 'slow';
  for (const [sign, pause] of moments) {
    // The npm of the set-up that was killed may write for another moment.
    const patiently = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
    rmSync(path.join(folder, sign.split('/')[0] ?? sign), patiently);
    const { child, ended } = startSetUp(folder, repository);
    while (!existsSync(path.join(folder, sign)) && child.exitCode === null) await sleep(10);
    await sleep(pause);
    child.kill('SIGKILL');
    assert.match(await ended, /\[SIGKILL\]$/, `${sign} came too late to interrupt anything`);
  }
  repository.behaviour = 'good';
  const last = await startSetUp(folder, repository).ended;
  assert.match(last, /\[0\]$/);
  assertComplete(folder, last);

  const begin = performance.now();
  assert.equal(await startSetUp(folder, repository).ended, '[0]');
  assert(performance.now() - begin < 2000);
});

test('two set-ups at once in one folder do the work once', async (t) => {
  const { folder, repository } = await smallRepository(t);
  const ends = await Promise.all([1, 2].map(() => startSetUp(folder, repository).ended));
  const output = ends.join('\n');
  for (const end of ends) assert.match(end, /\[0\]$/);
  for (const part of ['npm packages', 'Python packages', 'OpenSearch 3.6.0']) {
    assert.equal(output.split(`${part}: done`).length, 2, output);
  }
  assert.match(output, /Another set-up is running/);
  assertComplete(folder, output);
});

async function smallRepository(t: TestContext): Promise<{ folder: string; repository: MavenRepository }> {
  const files = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const repository = await startMavenRepository(files);
  t.after(() => repository.close());
  makeSmallRepository(folder, makeServerArtifacts(files));
  return { folder, repository };
}

/** `ended` gives what it printed, and its exit code or signal in brackets. */
function startSetUp(folder: string, { url }: MavenRepository): ReturnType<typeof startProcess> {
  const env = { MAVEN_REPOSITORY: url, npm_config_prefer_offline: 'true' };
  return startProcess('', { program: ['tools/setup.mjs'], cwd: folder, env });
}

function assertComplete(folder: string, output: string): void {
  const imports = "require('tsx/cjs/api'); require('yauzl'); require('mvn-artifact-url')";
  execFileSync(process.execPath, ['-e', imports], { cwd: folder });
  execFileSync(path.join(folder, '.venv/bin/python'), ['-c', 'import packaging, six']);
  const server = path.join(folder, '.opensearch/server-3.6.0');
  assert.equal(readFileSync(path.join(server, 'lib/opensearch-3.6.0.jar'), 'utf8'), serverJar);
  assert(existsSync(path.join(server, 'plugins/opensearch-knn/plugin-descriptor.properties')));
  assert.equal(existsSync(path.join(folder, '.opensearch/setup.lock')), false, output);
  assert.equal(existsSync(path.join(folder, '.opensearch/trial')), false, output);
}
