import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { installServer, unpack } from '../local-opensearch/install-server';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { withSetupLock } from '../tools/setup/lock.mjs';
import { checkDisk, checkMemory, checkNode, checkSystem } from '../tools/setup/machine.mjs';
import { findPython } from '../tools/setup/find-python.mjs';
import { step } from '../tools/setup/report.mjs';
import { startProcess } from './support/in-process';
import { makeServerArtifacts, serverJar, startMavenRepository, zip } from './support/maven-repository';
import { setEnv } from './support/set-env';
import { makeSmallRepository } from './support/small-repository';
import { temporaryFolder } from './support/temporary-folder';

/** A copy of the repository, made small, and from where it fetches its server. */
const [clone, files] = [temporaryFolder(), temporaryFolder()];
const artifacts = makeServerArtifacts(files);
let repository: Awaited<ReturnType<typeof startMavenRepository>>;

before(async () => {
  makeSmallRepository(clone, artifacts);
  repository = await startMavenRepository(files);
});

const remedies = /Debian\/Ubuntu: .*macOS: /;

test('a Node that cannot run the kernel is named, with the remedy', () => {
  for (const version of ['18.20.8', '20.18.3', '21.7.3', '22.11.0']) {
    assert.throws(checkNode.bind(undefined, version), ({ message }: Error) => {
      return message.includes(`this is ${version}`) && remedies.test(message);
    });
  }
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '23.0.0', '24.1.0']) checkNode(version);
});

test('Windows is sent to WSL or Codespaces; too little memory or disk is named with what is needed and what there is', () => {
  assert.throws(checkSystem.bind(undefined, 'win32'), /WSL.*Codespaces/);
  assert.throws(checkSystem.bind(undefined, 'darwin', 'x64'), /Macs with Intel processors/);
  checkSystem('linux');
  checkSystem('darwin', 'arm64');
  assert.throws(checkMemory.bind(undefined, 1e9), /needs 2.0 GB of memory; this machine has 1.0 GB/);
  const disk = /needs 1.7 GB on the disk of \/tmp, 0.3 GB are free/;
  assert.throws(checkDisk.bind(undefined, '/tmp', 1.7e9, 0.3e9), disk);
});

test('a Python that is missing, too old or lacks venv is named, with the remedy', async (t) => {
  const folder = temporaryFolder(t);
  const pretend = (name: string, answer: string) => {
    const program = path.join(folder, name);
    fs.writeFileSync(program, `#!/bin/sh\necho ${answer}\n`, { mode: 0o755 });
    return program;
  };
  const cases: [python: string, problem: RegExp][] = [
    [path.join(folder, 'none'), /there is no .*none/],
    [pretend('older', '3 9 yes'), /is 3\.9/],
    [pretend('ancient', '2 7 yes'), /is 2\.7/],
    [pretend('bare', '3 11 no'), /lacks the modules venv and ensurepip/],
  ];
  for (const [python, problem] of cases) {
    setEnv(t, 'PYTHON', python);
    const message = new RegExp(`${problem.source}.*${remedies.source}`, 's');
    await assert.rejects(findPython(), { message });
  }
  const good = pretend('good', '3 13 yes');
  setEnv(t, 'PYTHON', good);
  assert.equal(await findPython(), good);
});

test('a step of set-up says every ten seconds that it is still at work, two at once in one line, and nothing once it is done', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => lines.push(text) > 0);
  const ends: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => ends.push(resolve));
  const steps = [step('npm packages', work), step('Python packages', work)];
  t.mock.timers.tick(9_999);
  assert.deepEqual(lines.splice(0), ['  npm packages …\n', '  Python packages …\n']);
  t.mock.timers.tick(1);
  assert.deepEqual(lines.splice(0), ['  npm packages … 10 s, Python packages … 10 s\n']);
  ends[0]?.();
  await steps[0];
  t.mock.timers.tick(10_000);
  assert.deepEqual(lines.splice(0), ['  npm packages: done in 10.0 s\n', '  Python packages … 20 s\n']);
  ends[1]?.();
  await steps[1];
  t.mock.timers.tick(60_000);
  assert.deepEqual(lines.splice(0), ['  Python packages: done in 20.0 s\n']);
});

test('a lock whose process id belongs to another program by now is taken over; one that another took over stays with them', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  fs.writeFileSync(file, String(process.pid));
  const minuteAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, minuteAgo, minuteAgo);
  const done = () => Promise.resolve('done');
  assert.equal(await withSetupLock(file, done, () => undefined), 'done');
  const loseIt = () => {
    fs.writeFileSync(file, '1');
    return done();
  };
  await withSetupLock(file, loseIt, () => undefined);
  assert.equal(fs.readFileSync(file, 'utf8'), '1');
});

test('a program that set-up runs ends when set-up is killed', async (t) => {
  const file = path.join(temporaryFolder(t), 'still-alive');
  const { child, ended } = startProcess(`
    import('@/tools/setup/run-program.mjs').then(({ runProgram }) =>
      runProgram(['sh', '-c', 'while :; do date > ${file}; sleep 0.1; done'], { cwd: '/' }));`);
  while (!fs.existsSync(file)) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  await sleep(500);
  fs.writeFileSync(file, 'untouched');
  await sleep(500);
  assert.equal(fs.readFileSync(file, 'utf8'), 'untouched');
});

test('the server is put together from its two artefacts, and nothing else is left; other bytes than the pinned ones are refused and never unpacked', async (t) => {
  const folder = temporaryFolder(t);
  const paths = localOpenSearchPaths(folder);
  repository.behaviour = 'wrong';
  const refused = { name: 'DownloadError', message: /SHA-256/ };
  await assert.rejects(installServer(paths, artifacts, repository.url), refused);
  assert.equal(fs.existsSync(paths.server), false);
  repository.behaviour = 'good';
  await installServer(paths, artifacts, repository.url);
  const read = (name: string) => fs.readFileSync(path.join(paths.server, name), 'utf8');
  assert.equal(read('lib/opensearch-3.6.0.jar'), serverJar);
  assert.equal(read('modules/reindex/reindex.jar'), 'reindex');
  assert.match(read('plugins/opensearch-knn/plugin-descriptor.properties'), /opensearch-knn/);
  fs.accessSync(path.join(paths.server, 'bin/opensearch'), fs.constants.X_OK);
  for (const left of ['bin/opensearch.bat', 'modules/ingest-geoip']) {
    assert.equal(fs.existsSync(path.join(paths.server, left)), false);
  }
  assert.deepEqual(fs.readdirSync(folder), ['server-3.6.0']);
});

test('an archive whose names lead out of its folder is refused', async (t) => {
  const folder = temporaryFolder(t);
  const inside = path.join(folder, 'inside');
  fs.mkdirSync(inside);
  for (const name of ['../outside.txt', 'a/../../outside.txt', '/outside.txt', '..\\outside.txt']) {
    const archive = path.join(folder, 'evil.zip');
    zip(archive, { [name]: { text: 'evil' } });
    await assert.rejects(unpack(archive, inside), /invalid|absolute/, name);
  }
  assert.deepEqual(fs.readdirSync(folder).sort(), ['evil.zip', 'inside']);
  assert.deepEqual(fs.readdirSync(inside), []);
});

test('an archive that is cut off or damaged is refused', async (t) => {
  const folder = temporaryFolder(t);
  const archive = path.join(folder, 'good.zip');
  zip(archive, { 'file.txt': { text: serverJar } });
  const bytes = fs.readFileSync(archive);
  const damaged = path.join(folder, 'damaged.zip');
  fs.writeFileSync(damaged, Buffer.from(bytes).fill(0xff, 2000, 3000));
  fs.truncateSync(archive, bytes.length - 100);
  await assert.rejects(unpack(archive, folder));
  await assert.rejects(unpack(damaged, folder));
});

test('two set-ups at once in one folder do the work once', async () => {
  const ends = await Promise.all([1, 2].map(() => startSetUp().ended));
  const output = ends.join('\n');
  for (const end of ends) assert.match(end, /\[0\]$/);
  for (const part of ['npm packages', 'Python packages', 'OpenSearch 3.6.0']) {
    assert.equal(output.split(`${part}: done`).length, 2, output);
  }
  assert.match(output, /Another set-up is running/);
  assertComplete(output);
});

/** What appears when a step is under way, how long after that set-up is ended, in ms, and by what. */
const moments: [sign: string, pause: number, signal?: NodeJS.Signals][] = [
  ['node_modules', 0],
  ['node_modules/yauzl/package.json', 0],
  ['.venv/pyvenv.cfg', 0],
  ['.venv/bin/pip', 300],
  ['.opensearch/downloads', 100],
  ['.opensearch/unpacking', 0],
  ['.opensearch/server-3.6.0', 0],
  ['.opensearch/trial', 100],
  ['.opensearch/trial', 0, 'SIGHUP'],
];

test('set-up killed in each step and run again ends right; where OpenSearch can’t be downloaded, with all the rest, and no more is tried where a cluster is named; once more, it does nothing', async () => {
  repository.behaviour = 'slow';
  for (const [sign, pause, signal = 'SIGKILL'] of moments) {
    await removeWhileWritten(path.join(clone, sign.split('/')[0] ?? sign));
    const { child, ended } = startSetUp();
    while (!fs.existsSync(path.join(clone, sign)) && child.exitCode === null) await sleep(10);
    await sleep(pause);
    child.kill(signal);
    // A trial run that is to end stops its OpenSearch, which would live on, then itself.
    const end = signal === 'SIGHUP' ? /\[129\]$/ : /\[SIGKILL\]$/;
    assert.match(await ended, end, `${sign} came too late to interrupt anything`);
  }
  fs.rmSync(path.join(clone, '.opensearch'), { recursive: true });
  const kernel = path.join(clone, '.venv/share/jupyter/kernels/tsws/kernel.json');
  fs.rmSync(kernel);
  fs.symlinkSync('tools', path.join(clone, 'link'));
  const without = await startSetUp('http://127.0.0.1:9', 'link/setup.mjs').ended;
  const says = /is not installed: 127\.0\.0\.1:9 cannot be reached.*MAVEN_REPOSITORY.*SERVICE_URI in .*\[0\]$/s;
  assert.match(without, says);
  assert.ok(fs.existsSync(kernel));
  assert.match(await startSetUp('u:p@mirror').ended, /\nMAVEN_REPOSITORY must be an address such as \S+\n\[1\]$/);
  fs.writeFileSync(path.join(clone, '.env'), 'SERVICE_URI=https://u:p@h:1\n');
  assert.equal(await startSetUp('').ended, '[0]', 'it is tried again, though a cluster is named');

  repository.behaviour = 'good';
  const last = await startSetUp().ended;
  assert.match(last, /\[0\]$/);
  assertComplete(last);

  assert.equal(await startSetUp().ended, '[0]', 'no step is printed');
});

/** The npm of a set-up that was killed may write for another moment; `maxRetries` would not look for what it wrote. */
async function removeWhileWritten(folder: string): Promise<void> {
  for (let left = 100; fs.existsSync(folder); left -= 1) {
    try {
      fs.rmSync(folder, { recursive: true });
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}

/** `ended` gives what it printed, and its exit code or signal in brackets. */
function startSetUp(url = repository.url, program = 'tools/setup.mjs'): ReturnType<typeof startProcess> {
  const env = { MAVEN_REPOSITORY: url, npm_config_prefer_offline: 'true' };
  return startProcess('', { program: [program], cwd: clone, env });
}

function assertComplete(output: string): void {
  const imports = "require('tsx/cjs/api'); require('yauzl'); require('mvn-artifact-url')";
  execFileSync(process.execPath, ['-e', imports], { cwd: clone });
  execFileSync(path.join(clone, '.venv/bin/python'), ['-c', 'import packaging, six']);
  const server = path.join(clone, '.opensearch/server-3.6.0');
  assert.equal(fs.readFileSync(path.join(server, 'lib/opensearch-3.6.0.jar'), 'utf8'), serverJar);
  assert(fs.existsSync(path.join(server, 'plugins/opensearch-knn/plugin-descriptor.properties')));
  assert.equal(fs.existsSync(path.join(clone, '.opensearch/setup.lock')), false, output);
  assert.equal(fs.existsSync(path.join(clone, '.opensearch/trial')), false, output);
}
