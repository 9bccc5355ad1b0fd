import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
    const { code, output } = await ended;
    assert.equal(code, null, `${sign} came too late to interrupt anything: ${output}`);
  }
  repository.behaviour = 'good';
  const last = await startSetUp(folder, repository).ended;
  assert.equal(last.code, 0, last.output);
  assertComplete(folder, last.output);

  const begin = performance.now();
  const again = await startSetUp(folder, repository).ended;
  assert.deepEqual(again, { code: 0, output: '' });
  assert(performance.now() - begin < 2000);
});

test('two set-ups at once in one folder do the work once', async (t) => {
  const { folder, repository } = await smallRepository(t);
  const both = [startSetUp(folder, repository), startSetUp(folder, repository)];
  const ends = await Promise.all(both.map(({ ended }) => ended));
  const output = ends.map((end) => end.output).join('');
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
    output,
  );
  assert.equal(output.match(/npm packages: done/g)?.length, 1, output);
  assert.equal(output.match(/Python packages: done/g)?.length, 1, output);
  assert.equal(output.match(/OpenSearch 3.6.0: done/g)?.length, 1, output);
  assert.match(output, /Another set-up is at work/);
  assertComplete(folder, output);
});

async function smallRepository(t: TestContext): Promise<{ folder: string; repository: MavenRepository }> {
  const files = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const repository = await startMavenRepository(files);
  t.after(() => {
    repository.close();
  });
  makeSmallRepository(folder, makeServerArtifacts(files));
  return { folder, repository };
}

function startSetUp(folder: string, { url }: MavenRepository) {
  const child = spawn(process.execPath, ['tools/setup.mjs'], {
    cwd: folder,
    env: { ...process.env, MAVEN_REPOSITORY: url, npm_config_prefer_offline: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output += text.toString()));
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
  return { child, ended };
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
