import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Java } from './find-java';
import { clusterNameOption } from './node-record';
import type { LocalOpenSearchPaths } from './paths';

/** How a node is run. */
export interface NodeOptions {
  /** Java's heap, in MiB; the whole process takes about as much again at 512. */
  heapMb: number;
  /** The node takes this port, or the next one that is free; left out: any free one. */
  firstPort?: number;
  /** Further options for Java. */
  javaOptions: string[];
}

/** The command line of a node that listens on the loopback interface only; it holds no secrets. */
export function nodeCommandLine(
  paths: LocalOpenSearchPaths,
  java: Java,
  { heapMb, firstPort, javaOptions }: NodeOptions,
): string[] {
  return [
    java.command,
    // The heap grows from here as it is needed.
    `-Xms${Math.min(heapMb, 512)}m`,
    `-Xmx${heapMb}m`,
    '-Xss1m',
    // One small node: the plain collector starts soonest and takes the least memory.
    '-XX:+UseSerialGC',
    ...patientCompiler,
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
    ...javaOptions,
    '-Djava.awt.headless=true',
    '-Dfile.encoding=UTF-8',
    `-Djava.io.tmpdir=${paths.temporary}`,
    `-Djna.tmpdir=${paths.temporary}`,
    '-Djna.nosys=true',
    '-Dio.netty.noUnsafe=true',
    '-Dio.netty.noKeySetOptimization=true',
    '-Dio.netty.recycler.maxCapacityPerThread=0',
    '-Dlog4j.shutdownHookEnabled=false',
    '-Dlog4j2.disable.jmx=true',
    // OpenSearch runs plugins in a sandbox that a Java agent weaves into every class. The only plugin here is its own,
    // and without the agent the archive of classes can be used: half the time to start. Its classes must be there.
    // The second file keeps the node alive where the plugin would need native code (see its NoNativeCode.java).
    `-Xbootclasspath/a:${agentClasses(paths)}:${noNativeCode}`,
    ...(java.vectorModule ? ['--add-modules=jdk.incubator.vector'] : []),
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    '--enable-native-access=ALL-UNNAMED',
    '-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1',
    `-Dopensearch.path.home=${paths.server}`,
    `-Dopensearch.path.conf=${paths.configuration}`,
    '-Dopensearch.distribution.type=zip',
    '-Dopensearch.bundled_jdk=false',
    '-cp',
    path.join(paths.server, 'lib/*'),
    'org.opensearch.bootstrap.OpenSearch',
    clusterNameOption(paths),
    '-Enode.name=workshop',
    '-Ediscovery.type=single-node',
    '-Enetwork.host=127.0.0.1',
    `-Ehttp.port=${firstPort === undefined ? 0 : `${firstPort}-${Math.min(firstPort + 100, 65535)}`}`,
    '-Etransport.port=0',
    '-Enode.portsfile=true',
    `-Epath.logs=${paths.logs}`,
    // Otherwise requests are turned away (429) once Java's heap is full of garbage: OpenSearch counts it as used, and
    // calls the collector for G1 only. At 100,000 vectors 465 MB were 'used', of which a collection left 124.
    '-Eindices.breaker.total.use_real_memory=false',
    // Otherwise indices turn read-only when the disk is 95 % full, which on a large disk is far from full.
    '-Ecluster.routing.allocation.disk.threshold_enabled=false',
  ];
}

/**
 * Java's second compiler makes indexing and searching faster, and starting slower: it competes for the processor with
 * what it compiles. So it waits until a method has run ten times as often as Java's defaults ask (5,000, 600, 15,000,
 * 40,000; see `java -XX:+PrintFlagsFinal`), which only indexing and searching do. Measured by `npx tsx bench/server.ts`.
 */
const patientCompiler = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
];

const noNativeCode = path.join(__dirname, 'no-native-code/no-native-code.jar');

function agentClasses(paths: LocalOpenSearchPaths): string {
  const folder = path.join(paths.server, 'agent');
  const jar = readdirSync(folder).find((name) => name.startsWith('opensearch-agent-bootstrap'));
  return path.join(folder, jar ?? 'opensearch-agent-bootstrap.jar');
}
