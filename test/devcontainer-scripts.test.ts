import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { readSettings, repositoryRoot } from '../workshop/settings';

const run = promisify(execFile);

/** A folder with these files of the repository, each in its place. */
async function repositoryWith(t: TestContext, files: string[]): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'devcontainer-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const file of files) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(path.join(repositoryRoot, file), path.join(root, file));
  }
  return root;
}

/** Runs a script of a dev container there. */
function runScript(root: string, script: string, args: string[] = [], env = process.env) {
  const tsx = path.join(repositoryRoot, 'node_modules', '.bin', 'tsx');
  return run(tsx, [`devcontainer/${script}`, ...args], { cwd: root, env });
}

test('make-env: .env has the values given, else the defaults, no empty one that would hide a secret of the codespace, and its owner alone reads it; one that is there stays', async (t) => {
  const root = await repositoryWith(t, ['devcontainer/make-env.ts', '.env.example']);
  const uri = 'http://127.0.0.1:9200';
  const envFile = path.join(root, '.env');
  await runScript(root, 'make-env.ts', [`SERVICE_URI=${uri}`]);
  assert.equal((await stat(envFile)).mode & 0o777, 0o600);
  const expected = { ...readSettings({}, path.join(root, '.env.example')), serviceUri: uri };
  assert.deepEqual({ ...readSettings({}, envFile) }, expected);
  assert.doesNotMatch(await readFile(envFile, 'utf8'), /^\w+=\s*$/m);

  await writeFile(envFile, 'INDEX_NAME=mine\n');
  const { stdout } = await runScript(root, 'make-env.ts', [`SERVICE_URI=${uri}`]);
  assert.equal(await readFile(envFile, 'utf8'), 'INDEX_NAME=mine\n');
  assert.match(stdout, /stays as it is[^]*should say SERVICE_URI=http:\/\/127\.0\.0\.1:9200/);
});

test('show-links: in a codespace, the link to JupyterLab is the forwarded one, with the token', async (t) => {
  const root = await repositoryWith(t, ['devcontainer/show-links.ts']);
  const servers = [
    { port: 8888, token: 'elsewhere', root_dir: '/elsewhere' },
    { port: 8889, token: 'abc', root_dir: root },
  ];
  const jupyter = path.join(root, '.venv', 'bin', 'jupyter');
  await mkdir(path.dirname(jupyter), { recursive: true });
  await writeFile(jupyter, `#!/bin/sh\ncat <<'E'\n${servers.map((one) => JSON.stringify(one)).join('\n')}\nE\n`);
  await chmod(jupyter, 0o755);
  const env = {
    PATH: process.env.PATH,
    CODESPACE_NAME: 'fluffy-fox',
    GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'app.example',
  };
  const { stdout } = await runScript(root, 'show-links.ts', ['--dashboards'], env);
  assert.ok(stdout.includes('https://fluffy-fox-8889.app.example/lab/tree/1-prepare-opensearch.ipynb?token=abc'));
  assert.ok(stdout.includes('https://fluffy-fox-5601.app.example'));
});

test('a setting that VS Code took from .env does not outlive a change of .env', async (t) => {
  const kernel = 'jupyter/kernels/tsws/start.cjs';
  const root = await repositoryWith(t, [kernel]);
  const tslab = path.join(root, 'node_modules/tslab/dist');
  await mkdir(tslab, { recursive: true });
  for (const name of ['dotenv', '@tslab']) {
    await symlink(path.join(repositoryRoot, 'node_modules', name), path.join(root, 'node_modules', name));
  }
  await writeFile(
    path.join(tslab, 'main.js'),
    'const { INDEX_NAME, SERVICE_URI, HF_TOKEN } = process.env;' +
      'exports.main = () => console.log(JSON.stringify({ INDEX_NAME, SERVICE_URI, HF_TOKEN }));',
  );
  await writeFile(path.join(root, '.env'), "INDEX_NAME=mine\nSERVICE_URI='https://a:b#c@host:1'\nHF_TOKEN=file\n");
  const { stdout } = await run(process.execPath, [kernel], {
    cwd: root,
    env: { INDEX_NAME: 'mine', SERVICE_URI: 'https://a:b#c@host:1', HF_TOKEN: 'environment' },
  });
  assert.deepEqual(JSON.parse(stdout), { HF_TOKEN: 'environment' });
});
