import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseConfigFileTextToJson } from 'typescript';
import { photoIndexBody } from '../lib/photo-index';
import server from '../local-opensearch/server.json';
import { readSettings, repositoryRoot, settingNames } from '../workshop/settings';
import { fakeClip } from './support/fake-clip';
import { runToEnd } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

// These are the places where Codespaces and VS Code look; in any other a codespace starts without a word as something
// else, and only the kernel's absence shows it.
const standard = '.devcontainer/devcontainer.json';
const withDashboards = '.devcontainer/with-dashboards/devcontainer.json';
const composeFile = 'devcontainer/with-dashboards/compose.yaml';

type Step = 'updateContentCommand' | 'postCreateCommand' | 'postStartCommand' | 'postAttachCommand';
interface DevContainer extends Record<Step | 'remoteUser', string> {
  build?: { dockerfile: string; context: string };
  dockerComposeFile?: string;
  service?: string;
  containerEnv: Record<string, string>;
  secrets: object;
  portsAttributes: Record<string, { label: string }>;
  customizations: { codespaces: { openFiles: string[] } };
}

interface Service extends Partial<Record<'image' | 'build' | 'network_mode', string>> {
  ports?: unknown;
  environment?: Record<string, string>;
}

const read = (file: string) => fs.readFileSync(path.join(repositoryRoot, file), 'utf8');

function readConfig(file: string): DevContainer {
  const { config, error } = parseConfigFileTextToJson(file, read(file)) as { config: DevContainer; error?: object };
  assert.equal(error, undefined, file);
  return config;
}

/** Whether there is `file`, as named from the folder of `from`. */
function isThere(from: string, ...file: string[]): boolean {
  return fs.existsSync(path.join(repositoryRoot, path.dirname(from), ...file));
}

for (const file of [standard, withDashboards]) {
  test(`${file}: every file, script and setting that it names is there, the kernel where it says, and the port is labelled that npm start takes`, () => {
    const config = readConfig(file);
    const { build, dockerComposeFile, customizations, containerEnv, portsAttributes } = config;
    const files = [build?.dockerfile, build?.context, dockerComposeFile].filter((name) => name !== undefined);
    assert.ok(files.length > 0);
    for (const name of files) assert.ok(isThere(file, name), name);
    for (const name of customizations.codespaces.openFiles) assert.ok(isThere('.', name), name);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const { updateContentCommand, postCreateCommand, postStartCommand, postAttachCommand } = config;
    const steps = [updateContentCommand, postCreateCommand, postStartCommand, postAttachCommand];
    for (const command of steps.flatMap((step) => step.split(' && '))) {
      const [, npmScript] = /^npm run (\w+)$/.exec(command) ?? [];
      const [, script = 'none'] =
        /^node (?:--import=tsx )?((?:devcontainer|tools)\/[\w-]+\.m?[jt]s)\b/.exec(command) ?? [];
      assert.ok(npmScript === undefined ? isThere('.', script) : scripts[npmScript], command);
    }
    const kernels = containerEnv.JUPYTER_PATH?.replace('${containerWorkspaceFolder}', repositoryRoot) ?? '';
    assert.ok(fs.existsSync(path.join(kernels, 'kernels', 'tsws', 'kernel.json')));
    assert.equal(config.remoteUser, 'node');
    const known: readonly string[] = settingNames;
    for (const name of Object.keys(config.secrets)) assert.ok(known.includes(name), name);
    const [range] = Object.entries(portsAttributes).find(([, is]) => is.label === 'JupyterLab') ?? [];
    assert.equal(range?.split('-')[0], /firstPort = (\d+)/.exec(read('tools/start.mjs'))?.[1]);
  });
}

test('nothing makes a port public, and nothing turns a token or the check of an origin off', () => {
  const trap =
    /0\.0\.0\.0|"visibility"|ports visibility|\.token=(?!\$)|\.password=|allow_origin=['"]?\*|disable_check_xsrf|allow_remote_access|allow_unauthenticated/i;
  const containers = [standard, withDashboards, composeFile].map((file) => path.dirname(file));
  for (const place of [...containers, 'devcontainer', 'jupyter/config/labconfig', 'tools']) {
    for (const entry of fs.readdirSync(path.join(repositoryRoot, place), { withFileTypes: true })) {
      const file = path.join(place, entry.name);
      if (entry.isFile()) assert.equal(trap.exec(read(file))?.[0], undefined, file);
    }
  }
});

test('with Dashboards: the containers have the workshop’s version, and without passwords can be reached from it only', () => {
  const { service } = readConfig(withDashboards);
  const python = path.join(repositoryRoot, '.venv', 'bin', 'python'); // Jupyter brings a YAML parser
  const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
  const yaml = execFileSync(python, ['-c', program], { input: read(composeFile), encoding: 'utf8' });
  const { services } = JSON.parse(yaml) as { services: Record<string, Service> };
  assert.ok(service !== undefined && services[service], 'the service that the dev container names');
  assert.ok(isThere(composeFile, services[service].build ?? 'none', 'Dockerfile'));
  for (const [name, { ports, network_mode }] of Object.entries(services)) {
    assert.equal(ports, undefined, `${name} publishes ports`);
    assert.equal(network_mode, name === service ? undefined : `service:${service}`, name);
  }
  const { opensearch, dashboards } = services;
  assert.equal(opensearch?.environment?.['network.host'], '127.0.0.1');
  assert.equal(dashboards?.environment?.SERVER_HOST, '127.0.0.1');
  assert.equal(opensearch.image, `opensearchproject/opensearch:${server.version}`);
  assert.equal(dashboards.image, `opensearchproject/opensearch-dashboards:${server.version}`);
});

/** A folder with these files of the repository, each in its place. */
function repositoryWith(t: TestContext, ...files: string[]): string {
  const root = temporaryFolder(t);
  for (const file of files) fs.cpSync(path.join(repositoryRoot, file), path.join(root, file));
  return root;
}

/** Runs a script of a dev container there; returns what it prints. */
async function runScript(root: string, script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const tsx = path.join(repositoryRoot, 'node_modules', '.bin', 'tsx');
  const { code, stdout, stderr } = await runToEnd(tsx, [`devcontainer/${script}`, ...args], { cwd: root, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

test('make-env: .env has the values given, else the defaults, no empty one that would hide a secret of the codespace, and its owner alone reads it; one that is there stays', async (t) => {
  const root = repositoryWith(t, 'devcontainer/make-env.ts', '.env.example');
  const uri = 'http://127.0.0.1:9200';
  const envFile = path.join(root, '.env');
  await runScript(root, 'make-env.ts', [`SERVICE_URI=${uri}`]);
  assert.equal(fs.statSync(envFile).mode & 0o777, 0o600);
  const expected = { ...readSettings({}, path.join(root, '.env.example')), serviceUri: uri };
  assert.deepEqual({ ...readSettings({}, envFile) }, expected);
  assert.doesNotMatch(fs.readFileSync(envFile, 'utf8'), /^\w+=\s*$/m);

  fs.writeFileSync(envFile, 'INDEX_NAME=mine\n');
  const printed = await runScript(root, 'make-env.ts', [`SERVICE_URI=${uri}`]);
  assert.equal(fs.readFileSync(envFile, 'utf8'), 'INDEX_NAME=mine\n');
  assert.match(printed, /was not changed[^]*should say SERVICE_URI=http:\/\/127\.0\.0\.1:9200/);
});

test('show-links: in a codespace, the link to JupyterLab is the forwarded one, with the token, of the server that npm start lists in this folder', async (t) => {
  const root = repositoryWith(t, 'devcontainer/show-links.ts', 'tools/codespace-address.mjs');
  const other = { port: 8888, token: 'elsewhere', root_dir: '/elsewhere' };
  const servers = [other, { port: 8889, token: 'abc', root_dir: root }].map((one) => JSON.stringify(one));
  const [bin, runtime] = [path.join(root, '.venv', 'bin'), path.join(root, '.jupyter', 'runtime')];
  for (const folder of [bin, runtime]) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(runtime, 'servers'), servers.join('\n'));
  fs.writeFileSync(path.join(bin, 'jupyter'), '#!/bin/sh\ncat "$JUPYTER_RUNTIME_DIR/servers"\n', { mode: 0o755 });
  const codespace = { CODESPACE_NAME: 'fluffy-fox', GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'app.example' };
  const env = { ...codespace, JUPYTER_RUNTIME_DIR: undefined };
  const printed = await runScript(root, 'show-links.ts', ['--dashboards'], env);
  assert.ok(printed.includes('https://fluffy-fox-8889.app.example/lab/tree/1-prepare-opensearch.ipynb?token=abc'));
  assert.ok(printed.includes('https://fluffy-fox-5601.app.example'));
});

test('a setting that VS Code took from .env does not outlive a change of .env; with one that can’t be read the kernel starts, which tells it', (t) => {
  const kernel = 'jupyter/kernels/tsws/start.cjs';
  const beside = ['send-when-bound.cjs', 'remember-compiled.cjs', 'warm-up.cjs'].map(
    (name) => `jupyter/kernels/tsws/${name}`,
  );
  const root = repositoryWith(t, kernel, ...beside);
  const packages = path.join(root, 'node_modules');
  fs.mkdirSync(path.join(packages, 'tslab/dist'), { recursive: true });
  fs.writeFileSync(path.join(packages, 'tslab/dist/converter.js'), '');
  fs.writeFileSync(path.join(packages, 'tslab/package.json'), '{ "version": "0" }');
  for (const name of ['dotenv', '@tslab', 'zeromq']) {
    fs.symlinkSync(path.join(repositoryRoot, 'node_modules', name), path.join(packages, name));
  }
  const tslab =
    'const { INDEX_NAME, SERVICE_URI, HF_TOKEN } = process.env;' +
    'exports.main = () => console.log(JSON.stringify({ INDEX_NAME, SERVICE_URI, HF_TOKEN }));';
  fs.writeFileSync(path.join(packages, 'tslab/dist/main.js'), tslab);
  fs.writeFileSync(path.join(root, '.env'), "INDEX_NAME=mine\nSERVICE_URI='https://a:b#c@host:1'\nHF_TOKEN=file\n");
  const env = { INDEX_NAME: 'mine', SERVICE_URI: 'https://a:b#c@host:1', HF_TOKEN: 'environment' };
  const printed = execFileSync(process.execPath, [kernel], { cwd: root, env, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(printed), { HF_TOKEN: 'environment' });

  fs.rmSync(path.join(root, '.env'));
  fs.mkdirSync(path.join(root, '.env')); // a Python environment
  assert.deepEqual(JSON.parse(execFileSync(process.execPath, [kernel], { cwd: root, env, encoding: 'utf8' })), env);
});

test('docs/dashboards.md: every request for Dev Tools is answered from the index of photos, and the query of notebook 3 with a vector in its place', async (t) => {
  const index = 'test-devcontainer-dashboards';
  const send = async (request: string) => {
    const [, method, address = '', body = ''] = /^(\w+) (\S+)\n?([^]*)$/.exec(request.replace('photos', index)) ?? [];
    const response = await fetch(`${await testOpenSearchUrl()}/${address}`, {
      // Dashboards' console sends a GET with a body, which fetch refuses; a search may be a POST as well.
      method: method === 'GET' && body !== '' ? 'POST' : method,
      headers: { 'content-type': 'application/json' },
      ...(body !== '' && { body }),
    });
    const text = await response.text();
    assert.ok(response.ok || method === 'DELETE', `${request}\n${text}`);
    return text;
  };
  await send('DELETE photos');
  t.after(() => send('DELETE photos'));
  await send(`PUT photos\n${JSON.stringify(photoIndexBody(fakeClip({ dimension: 2 }).identity))}`);
  const photo = { embedding: [1, 0], image_url: 'a.jpg', author: 'Ada', model: 'a/model' };
  await send(`PUT photos/_doc/a?refresh=true\n${JSON.stringify(photo)}`);

  const page = read('docs/dashboards.md');
  const requests = [...page.matchAll(/```http\n([^]*?)\n```/g)].map(([, request = '']) => request);
  assert.ok(requests.length >= 5);
  for (const request of requests) {
    const found = /"_source":\{"image_url":"a\.jpg"/;
    const listed = /"buckets":\[\{"key":"(Ada|a\/model)"|"dimension":2|test-devcontainer/;
    assert.match(await send(request), request.includes('"size": 3') ? found : listed);
  }
  const query = /```text\n([^]*?"knn"[^]*?)\n```/.exec(page)?.[1] ?? '';
  assert.match(await send(query.replace('[…]', '[0.6,0.8]')), /"_id":"a","_score":0\.8/);
});
