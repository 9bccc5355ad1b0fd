import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { classArchiveOptions } from '../../local-opensearch/class-archive';
import { nodeCommandLine } from '../../local-opensearch/command-line';
import { findJava, type Java } from '../../local-opensearch/java';
import { asOrdinaryUser } from '../../local-opensearch/ordinary-user';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import { unpackedServer } from './test-opensearch';

/** A cluster of three OpenSearch nodes on this machine, each with its own data folder. */
export interface ThreeNodes {
  /** SERVICE_URI: the addresses of all three, whether they live or not. */
  uri: string;
  /** The node that has this copy of `index` now. */
  nodeWith(role: 'primary' | 'replica', index: string): Promise<string>;
  /** `kill -9`; returns when the process is gone. */
  kill(name: string): Promise<void>;
  /** Starts killed nodes with the data they had, and waits until every copy of every shard is in place again. */
  restartDead(): Promise<void>;
  stop(): void;
}

interface Node {
  name: string;
  httpPort: number;
  transportPort: number;
  process?: ChildProcess;
}

/** Starts the cluster, data in a temporary folder; it ends with this process. */
export async function startThreeNodes(): Promise<ThreeNodes> {
  const java = await findJava();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'three-nodes-'));
  const ports = await freePorts(6);
  const nodes: Node[] = ['one', 'two', 'three'].map((name, at) => ({
    name,
    httpPort: ports[2 * at] ?? 0,
    transportPort: ports[2 * at + 1] ?? 0,
  }));
  const stop = () => {
    for (const node of nodes) node.process?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', stop);

  for (const node of nodes) launch(node, nodes, folder, java);
  await waitUntilComplete(nodes);

  return {
    uri: nodes.map(addressOf).join(','),
    async nodeWith(role, index) {
      const shards = await askAny<{ prirep: string; node: string }[]>(nodes, `/_cat/shards/${index}?format=json`);
      const letter = role === 'primary' ? 'p' : 'r';
      return shards.find(({ prirep }) => prirep === letter)?.node ?? '';
    },
    async kill(name) {
      const node = nodes.find((one) => one.name === name);
      if (!node?.process) throw new Error(`no node '${name}' lives`);
      node.process.kill('SIGKILL');
      await once(node.process, 'exit');
      node.process = undefined;
    },
    async restartDead() {
      for (const node of nodes.filter((one) => !one.process)) launch(node, nodes, folder, java);
      await waitUntilComplete(nodes);
    },
    stop,
  };
}

function addressOf({ httpPort }: Node): string {
  return `http://127.0.0.1:${httpPort}`;
}

/** The command line of the workshop's own node, with other settings where three make a cluster. */
function launch(node: Node, nodes: Node[], folder: string, java: Java): void {
  const paths = localOpenSearchPaths(path.join(folder, node.name), unpackedServer);
  for (const made of [paths.configuration, paths.data, paths.logs, paths.temporary]) {
    mkdirSync(made, { recursive: true });
  }
  writeFileSync(path.join(paths.configuration, 'opensearch.yml'), '');
  copyFileSync(
    path.join(paths.server, 'config/log4j2.properties'),
    path.join(paths.configuration, 'log4j2.properties'),
  );
  const javaOptions = classArchiveOptions(paths, java);
  const settings: Record<string, string> = {
    'cluster.name': 'three-nodes',
    'node.name': node.name,
    'http.port': String(node.httpPort),
    'transport.port': String(node.transportPort),
    'discovery.seed_hosts': nodes.map((one) => `127.0.0.1:${one.transportPort}`).join(','),
    'cluster.initial_cluster_manager_nodes': nodes.map(({ name }) => name).join(','),
  };
  const commandLine = [
    ...nodeCommandLine(paths, java, { heapMb: 256, javaOptions }).filter(
      (argument) =>
        argument !== '-Ediscovery.type=single-node' &&
        !Object.keys(settings).some((name) => argument.startsWith(`-E${name}=`)),
    ),
    ...Object.entries(settings).map(([name, value]) => `-E${name}=${value}`),
  ];
  const [program = '', ...rest] = asOrdinaryUser(commandLine, paths);
  const output = openSync(paths.console, 'w');
  const child = spawn(program, rest, { cwd: paths.server, stdio: ['ignore', output, output] });
  child.on('exit', (code) => {
    // Killed nodes have no code.
    if (code !== null) console.error(readFileSync(paths.console, 'utf8').slice(-3000));
  });
  node.process = child;
}

/** Waits for three nodes and, of every shard, all copies. */
async function waitUntilComplete(nodes: Node[]): Promise<void> {
  const path = '/_cluster/health?wait_for_nodes=3&wait_for_status=green&timeout=2s';
  for (;;) {
    const ended = nodes.find(({ process }) => process?.exitCode !== null || process.signalCode !== null);
    if (ended) throw new Error(`node ${ended.name} ended`);
    const complete = await Promise.all(nodes.map(async (node) => (await answerOf(node, path))?.status === 200));
    if (complete.every(Boolean)) return;
    await sleep(200);
  }
}

/** The first answer that any living node gives. */
async function askAny<Answer>(nodes: Node[], path: string): Promise<Answer> {
  for (const node of nodes) {
    const response = node.process && (await answerOf(node, path));
    if (response?.ok) return (await response.json()) as Answer;
  }
  throw new Error(`no node answers GET ${path}`);
}

async function answerOf(node: Node, path: string): Promise<Response | undefined> {
  return fetch(addressOf(node) + path, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
