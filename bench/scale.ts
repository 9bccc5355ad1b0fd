// npm run bench:scale: the index at several sizes. bench/results-scale.json has the outcome, docs/scaling.md what follows.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { luceneMethod } from '../lib/photo-index';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings, repositoryRoot } from '../workshop/settings';
import { describeServer } from './index-lab/describe-server';
import { runScript } from '../tools/run-script';
import { understand } from '../tools/understand';
import { step } from '../tools/setup/report.mjs';
import { describeMachine } from './describe-machine';
import { startOwnNode } from './own-node';
import { residentMb } from './process-figures';
import { roundedJson } from './rounded-json';
import { fillIndex, sendAll } from './scale/fill';
import { loadUsearch, searchInProcess } from './scale/in-process';
import { neighbourStatistics } from './scale/neighbour-statistics';
import { identity, madeUpPhoto } from './scale/photo-documents';
import { photoLikeVectors } from './scale/photo-like-vectors';
import { realVectors } from './scale/real-vectors';
import type { ScaleResults, SizeResult } from './scale/scale-results';
import { findTruths, measureSearches, positionsOf, shares } from './scale/searches';

const usage = `Usage: npm run bench:scale -- [--sizes 1000,10000,100000] [--queries 100] [--photos FOLDER] [--out FILE]

  Fills an OpenSearch of its own with made-up vectors and searches them: speed, size, recall; and the same in this
  process, with a plain loop and with the package usearch. 100,000 take 3 minutes on two quiet cores, 500,000 take 18.

  --sizes    how many photos, each in an index of its own; 500000 needs 4 GB of memory and 3 of disk
  --queries  how many searches of each kind
  --photos   the real photos to whose vectors the made-up ones are compared (photos)
  --out      where the results go (bench/results-scale.json); sizes that are there already and not measured stay`;

const index = 'bench-scale';

async function measureSize(
  client: Client,
  { url, pid, photos, queries }: { url: string; pid: number; photos: number; queries: number },
): Promise<SizeResult> {
  const before = os.loadavg()[0] ?? NaN;
  // The last ones are what is searched for; they are not in the index.
  const drawn = photoLikeVectors(photos + queries);
  const vectors = drawn.slice(0, photos);
  const filled = await fillIndex(client, { url, index }, vectors);
  const mergedSeconds = await untilMerged(client, index);
  await client.indices.refresh({ index }); // else the segments before the last merges are searched, and kept
  await client.indices.flush({ index });
  const stats = (await client.indices.stats({ index })).body._all.primaries;
  const { truths, loop } = findTruths(drawn.slice(photos), vectors);
  const positions = positionsOf(photos);
  const search = { truths, vectors, positions };
  const one = await measureSearches(client, index, { ...search, rounds: 3 });
  const eight = await measureSearches(client, index, { ...search, rounds: 3, clients: 8 });
  const filtered: SizeResult['filtered'] = [];
  for (const share of shares) {
    const { recall, p50, p95 } = await measureSearches(client, index, { ...search, share });
    filtered.push({ share, recall10: recall, p50_ms: p50, p95_ms: p95 });
  }
  const memory = await memoryOf(client);
  const usearch = await loadUsearch(path.join(repositoryRoot, 'bench', '.work'));
  const inProcess = await searchInProcess(usearch, { truths, vectors });
  const { processor = '', memory: ram = '', system = '', node = '' } = await describeMachine('');
  return {
    photos,
    date: new Date().toISOString().slice(0, 10),
    command: `npm run bench:scale -- --sizes ${photos} --queries ${queries}`,
    machine: { processor, memory: ram, system, node, ...(await describeServer(client)) },
    load: { before, after: os.loadavg()[0] ?? NaN },
    recall10: one.recall,
    p50_ms: one.p50,
    p95_ms: one.p95,
    p99_ms: one.p99,
    p50_ms_8: eight.p50,
    p95_ms_8: eight.p95,
    p99_ms_8: eight.p99,
    searches_per_s_8: eight.perSecond,
    filtered,
    upload_docs_per_s: filled.uploadDocsPerSecond,
    raw_bulk_docs_per_s: filled.rawDocsPerSecond,
    upload_own_share: filled.ownShare,
    searchable_s: filled.searchableSeconds,
    merged_s: mergedSeconds,
    bytes_per_photo: Number(stats.store?.size_in_bytes) / photos,
    original_bytes_per_photo: await originalBytesPerPhoto(client, vectors.slice(0, 10_000)),
    segments: Number(stats.segments?.count),
    ...memory,
    rss_mb: Math.round(residentMb(pid)),
    loop_p50_ms: loop.p50,
    usearch: { recall10: inProcess.recall, p50_ms: inProcess.p50, build_docs_per_s: inProcess.buildDocsPerSecond },
  };
}

/** @returns seconds until no merge is under way */
async function untilMerged(client: Client, index: string): Promise<number> {
  const begin = performance.now();
  for (let quiet = 0; quiet < 3;) {
    await sleep(200);
    const { merges } = (await client.indices.stats({ index, metric: 'merge' })).body._all.primaries;
    quiet = merges?.current === 0 ? quiet + 1 : 0;
  }
  return (performance.now() - begin) / 1000;
}

/**
 * Bytes on disk of a photo as the original workshop's notebooks upload it: file name and vector, in an index that keeps
 * what was sent beside the vector, as OpenSearch 2 does. The engine is lucene here too: the default one needs native
 * libraries, which the workshop's server lacks.
 */
async function originalBytesPerPhoto(client: Client, vectors: readonly Float32Array[]): Promise<number> {
  const original = `${index}-original`;
  const embedding = { type: 'knn_vector', dimension: identity.dimension, method: luceneMethod } as const;
  await client.indices.create({
    index: original,
    body: {
      settings: { index: { knn: true, 'knn.derived_source.enabled': false } },
      mappings: { properties: { image_url: { type: 'text' }, embedding } },
    },
  });
  const documents = vectors.map((vector, i) => {
    const { id, document } = madeUpPhoto(i);
    return { id, document: JSON.stringify({ image_url: document.image_url, embedding: Array.from(vector) }) };
  });
  await sendAll(client, original, documents);
  await untilMerged(client, original);
  await client.indices.flush({ index: original });
  const { store } = (await client.indices.stats({ index: original })).body._all.primaries;
  await client.indices.delete({ index: original });
  return Number(store?.size_in_bytes) / vectors.length;
}

async function memoryOf(client: Client): Promise<Pick<SizeResult, 'heap_used_mb' | 'heap_max_mb' | 'off_heap_mb'>> {
  const { nodes } = (await client.nodes.stats({ metric: ['jvm'] })).body;
  const { mem, buffer_pools: pools } = Object.values(nodes)[0]?.jvm ?? {};
  const mb = (...bytes: unknown[]) => Math.round(bytes.reduce((sum: number, part) => sum + Number(part), 0) / 1e6);
  return {
    heap_used_mb: mb(mem?.heap_used_in_bytes),
    heap_max_mb: mb(mem?.heap_max_in_bytes),
    off_heap_mb: mb(mem?.non_heap_used_in_bytes, pools?.direct?.used_in_bytes),
  };
}

/** @throws Error saying what is wrong with it */
function readCommandLine() {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '1000,10000,100000' },
      queries: { type: 'string', default: '100' },
      photos: { type: 'string', default: path.join(repositoryRoot, 'photos') },
      out: { type: 'string', default: path.join(__dirname, 'results-scale.json') },
    },
  });
  const sizes = values.sizes.split(',').map(Number);
  const queries = Number(values.queries);
  if (![...sizes, queries].every((value) => Number.isInteger(value) && value >= 10)) {
    throw new Error('--sizes and --queries are whole numbers from 10 up.');
  }
  return { ...values, sizes, queries };
}

async function main(): Promise<void> {
  const values = understand(readCommandLine, usage);
  if (!values) return;
  const { sizes, queries } = values;
  const real = await realVectors(values.photos);
  const neighbours = { photos: neighbourStatistics(real), madeUp: neighbourStatistics(photoLikeVectors(real.length)) };
  console.table(neighbours);

  const { url, pid, close } = await step('OpenSearch, empty', () => startOwnNode());
  try {
    const client = await connectOpenSearch(readSettings({ SERVICE_URI: url }, '/none'));
    // What comes first is slowest, since Java has not compiled it yet: that is not the size's fault.
    await step('Warming up', () => measureSize(client, { url, pid, photos: 1000, queries: 100 }));
    for (const photos of sizes) {
      const result = await step(`${photos} photos`, () => measureSize(client, { url, pid, photos, queries }));
      console.log(roundedJson(result));
      await keep(values.out, { neighbours, sizes: [result] });
    }
    await client.close();
  } finally {
    close();
  }
}

/** Called after each size: what was measured is kept, whatever becomes of the next. */
async function keep(file: string, results: ScaleResults): Promise<void> {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ScaleResults).sizes : [];
  const others = before.filter(({ photos }) => results.sizes.every((size) => size.photos !== photos));
  const sizes = [...others, ...results.sizes].sort((a, b) => a.photos - b.photos);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${roundedJson({ ...results, sizes })}\n`);
}

runScript(main);
