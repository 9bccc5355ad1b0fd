// npx tsx bench/index-lab.ts: exact or approximate? The same vectors searched in several ways; docs/index-lab.md has the
// outcome.
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './describe-machine';
import { writePart } from './markdown';
import { indexLab, type LabOptions, type LabVectors } from '../further/index-lab/index-lab';
import { exact, hnsw, quickConfigurations } from '../further/index-lab/configurations';
import { labTable, type LabResult } from '../further/index-lab/lab-result';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { exampleQueries } from '../clip-model/example-queries';
import { createProgress, type Progress } from '../console/progress';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings, repositoryRoot } from '../workshop/settings';
import { embedCrops } from './index-lab/crops';
import { describeServer } from './index-lab/describe-server';
import { recallPlot } from './index-lab/recall-plot';
import { labReport, verdict } from './index-lab/report';
import { runScript } from '../tools/run-script';
import { understand } from '../tools/understand';

const usage = `Usage: npx tsx bench/index-lab.ts [--quick]

  Searches the same vectors exactly and by several graphs, on the OpenSearch of .env or the workshop's own, and measures
  recall, time, size and building. Takes 4 minutes on two quiet cores, and 1 GB of disk while it runs; writes docs/index-lab.*.

  --quick   fewer vectors, three graphs, 15 s; writes nothing
  --help`;

const efSearch = [10, 50, 100, 200];
const configurations = [
  exact,
  hnsw(8, 50, { efSearch }),
  hnsw(16, 100, { efSearch }),
  hnsw(32, 100, { efSearch }),
  hnsw(16, 100, { efSearch, bits: 7 }),
];

/** What the built-in model understands; as many crops make a hundred queries of them. */
const texts = [
  ...exampleQueries,
  ...'red orange yellow green turquoise blue purple pink brown grey white black'
    .split(' ')
    .flatMap((colour) => [`something ${colour}`, `${colour} flowers`, `${colour} at the top`]),
];
const queryCount = 100;

type OnProgress = NonNullable<LabOptions['onProgress']>;

async function labVectors(
  crops: number,
  synthetic: number,
  { onProgress, signal }: { onProgress: OnProgress; signal: AbortSignal },
): Promise<LabVectors[]> {
  const queryCrops = queryCount - texts.length;
  const embedded = await embedCrops({
    count: crops + queryCrops,
    texts,
    signal,
    onProgress: (done) => {
      onProgress('cutting and embedding crops', done, crops + queryCrops);
    },
  });
  onProgress('drawing synthetic vectors', 0, synthetic);
  const drawn = syntheticVectors(synthetic + queryCount);
  onProgress('drawing synthetic vectors', synthetic, synthetic);
  return [
    {
      name: "crops of the workshop's photos",
      vectors: embedded.crops.slice(queryCrops),
      queries: [...embedded.texts, ...embedded.crops.slice(0, queryCrops)],
    },
    { name: 'synthetic vectors', vectors: drawn.slice(queryCount), queries: drawn.slice(0, queryCount) },
  ];
}

/** A progress line for each step. */
function stepLines(): { onProgress: OnProgress; end: () => void } {
  let line: { step: string; progress: Progress } | undefined;
  const end = () => {
    line?.progress.finish();
    line = undefined;
  };
  const onProgress: OnProgress = (step, done, total) => {
    if (line?.step !== step) {
      end();
      line = { step, progress: createProgress({ label: step, unit: 'steps', total }) };
    }
    line.progress.update(done);
  };
  return { onProgress, end };
}

/**
 * A signal that is aborted when this process is asked to end, by Ctrl-C, by `kill` or with its terminal. It can
 * then clean up first. Asked again, it ends at once.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}

function readCommandLine(): { quick: boolean } {
  return parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const { quick } = commandLine;
  const signal = stopSignal();
  const before = os.loadavg()[0] ?? NaN;
  const begin = performance.now();
  const client = await connectOpenSearch(readSettings());
  const results: LabResult[] = [];
  const machine: Record<string, string> = {};
  const { onProgress, end } = stepLines();
  try {
    const { processor = '', memory = '', system = '' } = await describeMachine('');
    Object.assign(machine, { processor, memory, system }, await describeServer(client));
    const [crops, synthetic] = quick ? [200, 2000] : [1000, 50_000];
    for (const data of await labVectors(crops, synthetic, { onProgress, signal })) {
      const result = await indexLab(client, data, {
        configurations: quick ? quickConfigurations : configurations,
        rounds: quick ? 1 : 3,
        signal,
        onProgress,
      });
      end();
      console.log(`\n${labTable(result)}\n${verdict(result)}\n`);
      results.push(result);
    }
  } catch (error) {
    end();
    // Also after Ctrl-C, another error has something to say, such as which indexes could not be deleted.
    if (error !== signal.reason) throw error;
    console.error('\nStopped; the lab’s indexes are deleted.');
    process.exitCode = 130;
    return;
  } finally {
    await client.close();
  }
  if (quick) return;

  const report = {
    date: new Date().toISOString().slice(0, 10),
    command: 'npx tsx bench/index-lab.ts',
    machine,
    load: { before, after: os.loadavg()[0] ?? NaN },
    seconds: Math.round((performance.now() - begin) / 1000),
    results,
  };
  const docs = path.join(repositoryRoot, 'docs');
  await writeFile(path.join(docs, 'index-lab.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(path.join(docs, 'index-lab.png'), await recallPlot(results));
  await writePart(path.join(docs, 'index-lab.md'), 'npx tsx bench/index-lab.ts', labReport(report));
  console.log('Written: docs/index-lab.md, .json, .png');
}

runScript(main);
