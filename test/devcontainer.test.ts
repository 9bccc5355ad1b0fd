import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parseConfigFileTextToJson } from 'typescript';
import server from '../local-opensearch/server.json';
import { repositoryRoot, settingNames } from '../workshop/settings';

// These are the places where Codespaces and VS Code look; in any other a codespace starts without a word as something
// else, and only the kernel's absence shows it.
const standard = '.devcontainer/devcontainer.json';
const withDashboards = '.devcontainer/with-dashboards/devcontainer.json';
const composeFile = 'devcontainer/with-dashboards/compose.yaml';

interface DevContainer {
  build?: { dockerfile: string; context: string };
  dockerComposeFile?: string;
  service?: string;
  remoteUser: string;
  containerEnv: Record<string, string>;
  secrets: Record<string, unknown>;
  forwardPorts: number[];
  portsAttributes: Record<string, { label: string }>;
  customizations: { codespaces: { openFiles: string[] }; vscode: { extensions: string[] } };
  updateContentCommand: string;
  postCreateCommand: string;
  postStartCommand: string;
  postAttachCommand: string;
}

interface Service {
  image?: string;
  build?: string;
  network_mode?: string;
  ports?: unknown;
  environment?: Record<string, string>;
}

async function readConfig(file: string): Promise<DevContainer> {
  const text = await readFile(path.join(repositoryRoot, file), 'utf8');
  const { config, error } = parseConfigFileTextToJson(file, text) as {
    config: DevContainer;
    error?: { messageText: unknown };
  };
  assert.equal(error, undefined, `${file}: ${JSON.stringify(error?.messageText)}`);
  return config;
}

async function readServices(): Promise<Record<string, Service>> {
  // Jupyter brings a YAML parser.
  const { stdout } = await promisify(execFile)(
    path.join(repositoryRoot, '.venv', 'bin', 'python'),
    ['-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))', composeFile],
    { cwd: repositoryRoot },
  );
  return (JSON.parse(stdout) as { services: Record<string, Service> }).services;
}

/** `file` as named from the folder of `from`. */
function named(from: string, file: string): string {
  return path.join(repositoryRoot, path.dirname(from), file);
}

const lifeCycle = ['updateContentCommand', 'postCreateCommand', 'postStartCommand', 'postAttachCommand'] as const;

for (const file of [standard, withDashboards]) {
  test(`${file}: every file and script that it names is there, and the kernel where it says`, async () => {
    const config = await readConfig(file);
    const { build, dockerComposeFile, customizations, containerEnv } = config;
    const files = [build?.dockerfile, build?.context, dockerComposeFile].filter((name) => name !== undefined);
    assert.ok(files.length > 0);
    for (const name of files) assert.ok(existsSync(named(file, name)), name);
    for (const name of customizations.codespaces.openFiles) {
      assert.ok(existsSync(path.join(repositoryRoot, name)), name);
    }
    const manifest = await readFile(path.join(repositoryRoot, 'package.json'), 'utf8');
    const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
    for (const command of lifeCycle.flatMap((step) => config[step].split(' && '))) {
      const [, npmScript] = /^npm run (\w+)$/.exec(command) ?? [];
      const [, script = 'none'] = /^node --import=tsx (devcontainer\/[\w-]+\.ts)\b/.exec(command) ?? [];
      if (npmScript !== undefined) assert.ok(scripts[npmScript], command);
      else assert.ok(existsSync(path.join(repositoryRoot, script)), command);
    }
    const kernels = containerEnv.JUPYTER_PATH?.replace('${containerWorkspaceFolder}', repositoryRoot);
    assert.ok(existsSync(path.join(kernels ?? '', 'kernels', 'tsws', 'kernel.json')));
  });

  test(`${file}: it runs as an ordinary user, asks for settings that exist, and labels the port that npm start takes`, async () => {
    const { remoteUser, secrets, portsAttributes } = await readConfig(file);
    assert.equal(remoteUser, 'node');
    const known: readonly string[] = settingNames;
    for (const name of Object.keys(secrets)) assert.ok(known.includes(name), name);
    const start = await readFile(path.join(repositoryRoot, 'tools', 'start.mjs'), 'utf8');
    const [range] = Object.entries(portsAttributes).find(([, is]) => is.label === 'JupyterLab') ?? [];
    assert.equal(range?.split('-')[0], /freePort\((\d+)\)/.exec(start)?.[1]);
  });
}

test('nothing makes a port public, and nothing turns a token or the check of an origin off', async () => {
  const places = [
    'jupyter/config/labconfig',
    '.devcontainer',
    '.devcontainer/with-dashboards',
    'devcontainer',
    'devcontainer/with-dashboards',
    'tools',
  ];
  for (const place of places) {
    for (const entry of await readdir(path.join(repositoryRoot, place), { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(place, entry.name);
      const text = await readFile(path.join(repositoryRoot, file), 'utf8');
      const trap =
        /0\.0\.0\.0|"visibility"|ports visibility|\.token=(?!\$)|\.password=|allow_origin=['"]?\*|disable_check_xsrf|allow_remote_access|allow_unauthenticated/i;
      assert.equal(trap.exec(text)?.[0], undefined, file);
    }
  }
});

test('with Dashboards: the containers have the workshop’s version, and without passwords can be reached from it only', async () => {
  const { service } = await readConfig(withDashboards);
  const services = await readServices();
  assert.ok(service !== undefined && services[service], 'the service that the dev container names');
  assert.ok(existsSync(path.join(named(composeFile, services[service].build ?? 'none'), 'Dockerfile')));
  for (const [name, { ports, network_mode }] of Object.entries(services)) {
    assert.equal(ports, undefined, `${name} publishes ports`);
    assert.equal(network_mode, name === service ? undefined : `service:${service}`, name);
  }
  assert.equal(services.opensearch?.environment?.['network.host'], '127.0.0.1');
  assert.equal(services.dashboards?.environment?.SERVER_HOST, '127.0.0.1');
  const { opensearch, dashboards } = services;
  assert.equal(opensearch.image, `opensearchproject/opensearch:${server.version}`);
  assert.equal(dashboards.image, `opensearchproject/opensearch-dashboards:${server.version}`);
});
