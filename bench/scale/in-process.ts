import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { recall } from '../../further/index-lab/exact-neighbours';
import { mean } from '../../further/mean';
import { k, summary, type Searched, type Truth } from './searches';

/** The package's part that is used here; it is fetched for the benchmark alone. */
interface Usearch {
  Index: new (options: {
    metric: 'ip';
    dimensions: number;
    connectivity: number;
    expansion_add: number;
    expansion_search: number;
  }) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
    search(query: Float32Array, k: number, threads: number): { keys: BigUint64Array };
  };
}

const version = '2.26.2';

/** HNSW without a server, as a yardstick: `usearch`, whose prebuilt library needs no install script. */
export async function loadUsearch(work: string): Promise<Usearch> {
  const folder = path.join(work, `usearch-${version}`);
  const module = path.join(folder, 'node_modules', 'usearch');
  if (!existsSync(module)) {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
    await promisify(execFile)('npm', ['install', ...options, `usearch@${version}`]);
  }
  return createRequire(__filename)(module) as Usearch;
}

/** Builds an index with the parameters that OpenSearch's has, on one thread, and searches it. */
export async function searchInProcess(
  { Index }: Usearch,
  { truths, vectors }: { truths: readonly Truth[]; vectors: readonly Float32Array[] },
): Promise<Searched & { buildDocsPerSecond: number }> {
  const dimensions = vectors[0]?.length ?? 0;
  const graph = { connectivity: 16, expansion_add: 100, expansion_search: 100 };
  const index = new Index({ metric: 'ip', dimensions, ...graph });
  const begin = performance.now();
  const chunk = 1000;
  for (let from = 0; from < vectors.length; from += chunk) {
    const part = vectors.slice(from, from + chunk);
    const flat = new Float32Array(part.length * dimensions);
    part.forEach((vector, i) => {
      flat.set(vector, i * dimensions);
    });
    index.add(
      BigUint64Array.from(part, (_, i) => BigInt(from + i)),
      flat,
      1,
    );
    // Lets Ctrl-C through.
    await new Promise(setImmediate);
  }
  const buildMs = performance.now() - begin;
  const times: number[] = [];
  const searching = performance.now();
  const recalls = truths.map(({ query, all }) => {
    const from = performance.now();
    const { keys } = index.search(query, k, 1);
    times.push(performance.now() - from);
    return recall(Array.from(keys, Number), all, { query, vectors });
  });
  return {
    ...summary(times, performance.now() - searching),
    recall: mean(recalls),
    buildDocsPerSecond: (1000 * vectors.length) / buildMs,
  };
}
