// npx tsx bench/server.ts: the options of Java that the workshop's own OpenSearch runs with, against others.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hnsw } from '../further/index-lab/configurations';
import { fillIndex, labIndexBody } from '../further/index-lab/fill-index';
import { searchIndex } from '../further/index-lab/search-index';
import { classArchiveOptions } from '../local-opensearch/class-archive';
import { findJava } from '../local-opensearch/find-java';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings } from '../workshop/settings';
import { runScript } from '../tools/run-script';
import { describeMachine } from './describe-machine';
import { markdownTable, writePart } from './markdown';
import { startOwnNode } from './own-node';
import { cpuSeconds, residentMb } from './process-figures';
import { photoLikeVectors } from './scale/photo-like-vectors';
import { spread, type Spread } from './statistics';

/** What is added to the node's own options; of two that contradict each other Java takes the later one. */
const variants: Record<string, string[]> = {
  'as it is': [],
  'first compiler only': ['-XX:TieredStopAtLevel=1'],
  "Java's own thresholds": [
    '-XX:Tier4InvocationThreshold=5000',
    '-XX:Tier4MinInvocationThreshold=600',
    '-XX:Tier4CompileThreshold=15000',
    '-XX:Tier4BackEdgeThreshold=40000',
  ],
  'G1 collector': ['-XX:-UseSerialGC', '-XX:+UseG1GC'],
};

const graph = hnsw(16, 100, { efSearch: [100] });

interface Measured {
  startSeconds: number;
  /** Time of all processor cores: it suffers less from what else the machine does. NaN where there is no /proc. */
  startCpu: number;
  docsPerSecond: number;
  cpuMsPerVector: number;
  /** Of the last searches, when Java has compiled what it will. */
  searchMs: number;
  /** Of the whole process in the end, in MB; NaN where there is no /proc, too. */
  rssMb: number;
}

async function measure(javaOptions: string[], vectors: readonly Float32Array[]): Promise<Measured> {
  const begin = performance.now();
  const { url, pid, close } = await startOwnNode(javaOptions);
  const startSeconds = (performance.now() - begin) / 1000;
  try {
    const startCpu = cpuSeconds(pid);
    const client = await connectOpenSearch(readSettings({ SERVICE_URI: url }, '/none'));
    const index = 'bench-server';
    await client.indices.create({ index, body: labIndexBody(512, graph.method) });
    const { buildSeconds } = await fillIndex(client, index, {
      ...{ vectors, signal: new AbortController().signal, onSent: () => undefined },
    });
    const cpuMsPerVector = (1000 * (cpuSeconds(pid) - startCpu)) / vectors.length;
    const times: number[] = [];
    for (const query of vectors.slice(0, 300)) {
      const found = await searchIndex(client, { index, how: { efSearch: 100 } }, { query, k: 10 });
      times.push(found.ms);
    }
    await client.close();
    const searchMs = spread(times.slice(-100)).median;
    return {
      startSeconds,
      startCpu,
      docsPerSecond: vectors.length / buildSeconds,
      cpuMsPerVector,
      searchMs,
      rssMb: residentMb(pid),
    };
  } finally {
    close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, vectors: { type: 'string', default: '8000' } },
  });
  const [rounds, count] = [Number(values.rounds), Number(values.vectors)];
  const vectors = photoLikeVectors(count);
  const before = os.loadavg()[0] ?? NaN;
  const java = await findJava();
  // The archive of classes is used by a node without further options only: here all have it.
  const archive = classArchiveOptions(localOpenSearchPaths(), java);
  const runs = new Map(Object.keys(variants).map((name): [string, Measured[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const names = round % 2 === 0 ? [...runs.keys()] : [...runs.keys()].reverse();
    for (const name of names) {
      const run = await measure([...archive, ...(variants[name] ?? [])], vectors);
      runs.get(name)?.push(run);
      console.log(`round ${round + 1} of ${rounds}  ${name}`, run);
    }
  }
  const first = runs.get('first compiler only') ?? [];
  const part = (key: keyof Measured, of: Measured[]) => spread(of.map((run) => run[key]));
  const rows = [...runs].map(([name, of]) => [
    name,
    text(part('startSeconds', of), 1),
    text(part('startCpu', of), 1),
    text(part('docsPerSecond', of), 0),
    ratio(part('docsPerSecond', of), part('docsPerSecond', first)),
    text(part('cpuMsPerVector', of), 2),
    ratio(part('cpuMsPerVector', of), part('cpuMsPerVector', first)),
    text(part('searchMs', of), 1),
    ratio(part('searchMs', of), part('searchMs', first)),
    text(part('rssMb', of), 0),
  ]);
  const { processor, memory, system } = await describeMachine('');
  const head =
    `start, s|processor s|vectors/s until merged|ratio|processor ms a vector|ratio|search p50, ms|ratio|memory, MB`.split(
      '|',
    );
  const page = [
    '## The workshop’s own OpenSearch: options of Java\n',
    `\`npx tsx bench/server.ts --rounds ${rounds} --vectors ${count}\`, ${new Date().toISOString().slice(0, 10)}. ` +
      `Each start on an empty folder, in turn; ${count} synthetic vectors of 512, then 300 searches, the last 100 counted. ` +
      `Median (least–most); ratios to the first compiler only. Load of the machine (1 minute) before ${before.toFixed(1)}, ` +
      `after ${(os.loadavg()[0] ?? NaN).toFixed(1)}: the measurement itself makes about 2.\n`,
    `${processor}; ${memory}; ${system}; Java ${java.version} ${java.vectorModule ? 'with' : 'without'} vector instructions.\n`,
    markdownTable(['', ...head], rows),
  ].join('\n');
  await writePart(path.join(__dirname, 'RESULTS.md'), 'npx tsx bench/server.ts', page);
  console.log(page);
}

function text({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function ratio(one: Spread, other: Spread): string {
  return (one.median / other.median).toFixed(2);
}

runScript(main);
