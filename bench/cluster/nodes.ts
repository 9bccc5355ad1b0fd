import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhotoSearchError } from '../../lib/errors';
import { classArchiveOptions } from '../../local-opensearch/class-archive';
import { nodeCommandLine } from '../../local-opensearch/command-line';
import { findJava, type Java } from '../../local-opensearch/find-java';
import { asOrdinaryUser } from '../../local-opensearch/ordinary-user';
import { localOpenSearchPaths } from '../../local-opensearch/paths';
import { atExit } from '../at-exit';
import { freePorts } from '../free-ports';
import * as figures from '../process-figures';

/** Nodes of OpenSearch on this machine that make a cluster, each with its own data folder below `folder`. */
export interface Cluster {
  folder: string;
  heapMb: number;
  java: Java;
  nodes: Node[];
}

interface Node {
  name: string;
  httpPort: number;
  transportPort: number;
  /** Undefined where it does not run. */
  process?: ChildProcess | undefined;
}

/** A cluster of nodes with these names, none of which runs yet. It ends with this process. */
export async function newCluster(names: string[], heapMb: number): Promise<Cluster> {
  const ports = await freePorts(2 * names.length);
  const nodes = names.map((name, at) => {
    const [httpPort = NaN, transportPort = NaN] = ports.slice(2 * at);
    return { name, httpPort, transportPort };
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop-cluster-'));
  const cluster = { folder, heapMb, java: await findJava(), nodes };
  atExit(() => {
    endCluster(cluster);
  });
  return cluster;
}

/** Ends the nodes, and deletes what they have written. */
export function endCluster({ nodes, folder }: Cluster): void {
  for (const node of nodes) node.process?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** SERVICE_URI: the addresses of these nodes. */
export function clusterUri({ nodes }: Cluster, names: string[]): string {
  return nodes.flatMap((node) => (names.includes(node.name) ? addressOf(node) : [])).join(',');
}

/** Where snapshots go: a repository of type `fs` may lie in here. */
export function snapshotFolder({ folder }: Cluster): string {
  return path.join(folder, 'snapshots');
}

/** Starts nodes, with the data that they had, and waits until they belong to the cluster and every shard has all its copies. */
export async function startNodes(cluster: Cluster, names: string[]): Promise<void> {
  // Named at the very first start only: a node that comes later would begin a cluster of its own.
  const managers = cluster.nodes.some((node) => node.process) ? [] : names;
  for (const name of names) launch(cluster, nodeNamed(cluster, name), managers);
  await untilGreen(cluster);
}

/** Ends a node: `SIGTERM` lets it take its leave, `SIGKILL` does not. Returns when its process is gone. */
export async function endNode(cluster: Cluster, name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const node = nodeNamed(cluster, name);
  if (!node.process) throw new PhotoSearchError(`Node '${name}' does not run.`);
  node.process.kill(signal);
  await once(node.process, 'exit');
  node.process = undefined;
}

/** Waits until all nodes that run belong to the cluster, and every shard has all its copies where they are to stay. */
export async function untilGreen({ nodes }: Cluster): Promise<void> {
  const running = nodes.filter((node) => node.process);
  const health = `/_cluster/health?wait_for_nodes=${running.length}&wait_for_status=green&wait_for_no_relocating_shards=true&timeout=2s`;
  for (;;) {
    for (const { name, process: child } of running) {
      if (child && (child.exitCode !== null || child.signalCode !== null)) {
        throw new PhotoSearchError(`Node '${name}' ended.`);
      }
    }
    const green = running.map(async (node) => {
      const answer = await fetch(addressOf(node) + health, { signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      return answer?.status === 200;
    });
    if ((await Promise.all(green)).every(Boolean)) return;
    await sleep(200);
  }
}

/** Processor time that the running nodes have taken so far, in seconds; NaN where there is no /proc. */
export function cpuSeconds({ nodes }: Cluster): number {
  const seconds = nodes.map(({ process: child }) => (child?.pid === undefined ? 0 : figures.cpuSeconds(child.pid)));
  return seconds.reduce((sum, value) => sum + value, 0);
}

function nodeNamed({ nodes }: Cluster, name: string): Node {
  const node = nodes.find((one) => one.name === name);
  if (!node) throw new PhotoSearchError(`There is no node '${name}'.`);
  return node;
}

function addressOf({ httpPort }: Node): string {
  return `http://127.0.0.1:${httpPort}`;
}

/** The command line of the workshop's own node, with other settings where several make a cluster. */
function launch(cluster: Cluster, node: Node, managers: string[]): void {
  const { nodes, folder, java, heapMb } = cluster;
  const paths = localOpenSearchPaths(path.join(folder, node.name), localOpenSearchPaths().server);
  const made = [paths.configuration, paths.data, paths.logs, paths.temporary, snapshotFolder(cluster)];
  for (const each of made) mkdirSync(each, { recursive: true });
  writeFileSync(path.join(paths.configuration, 'opensearch.yml'), `path.data: ${JSON.stringify([paths.data])}\n`);
  const log4j = 'log4j2.properties';
  copyFileSync(path.join(paths.server, 'config', log4j), path.join(paths.configuration, log4j));
  const settings: Record<string, string> = {
    'cluster.name': path.basename(folder),
    'node.name': node.name,
    'http.port': String(node.httpPort),
    'transport.port': String(node.transportPort),
    'path.repo': snapshotFolder(cluster),
    'discovery.seed_hosts': nodes.map(({ transportPort }) => `127.0.0.1:${transportPort}`).join(','),
    ...(managers.length > 0 && { 'cluster.initial_cluster_manager_nodes': managers.join(',') }),
  };
  const javaOptions = classArchiveOptions(paths, java);
  const isOther = (argument: string) =>
    argument !== '-Ediscovery.type=single-node' &&
    !Object.keys(settings).some((name) => argument.startsWith(`-E${name}=`));
  const commandLine = [
    ...nodeCommandLine(paths, java, { heapMb, javaOptions }).filter(isOther),
    ...Object.entries(settings).map(([name, value]) => `-E${name}=${value}`),
  ];
  const [program = '', ...rest] = asOrdinaryUser(commandLine, paths);
  const output = openSync(paths.console, 'w');
  node.process = spawn(program, rest, { cwd: paths.server, stdio: ['ignore', output, output] });
}
