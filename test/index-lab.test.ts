import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { indexLab, type LabVectors } from '../further/index-lab/index-lab';
import { exact, hnsw, type LabConfiguration } from '../further/index-lab/configurations';
import { exactNeighbours, recall } from '../further/index-lab/exact-neighbours';
import type { LabResult, LabRow } from '../further/index-lab/lab-result';
import { quickIndexLab } from '../further/index-lab/quick-lab';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { verdict } from '../bench/index-lab/report';
import { startFaultyProxy, type FaultyProxy } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { testOpenSearchUrl } from './support/test-opensearch';

const root = path.resolve(__dirname, '..');
const dimension = 64;
let proxy: FaultyProxy;
const nothing: Parameters<typeof startFaultyProxy>[1] = () => undefined;
let fault = nothing;
let client: Client;
let data: LabVectors;

before(async () => {
  proxy = await startFaultyProxy(await testOpenSearchUrl(), (request) => fault(request));
  client = await testClient({ url: proxy.url });
  const drawn = syntheticVectors(1540, { dimension, clusters: 20 });
  data = { name: 'synthetic vectors', vectors: drawn.slice(40), queries: drawn.slice(0, 40) };
});

beforeEach(() => {
  fault = nothing;
  proxy.requests.length = 0;
});

after(async () => {
  await client.close();
  await proxy.close();
});

/** The names of the indexes that this test's labs have made: others run labs on the server at the same time. */
function madeIndexes(): string[] {
  return proxy.requests.flatMap(({ method, path }) =>
    method === 'PUT' && path.startsWith('/lab-') ? [path.slice(1)] : [],
  );
}

async function assertNoneLeft(): Promise<void> {
  const made = madeIndexes();
  assert.ok(made.length > 0);
  const { body } = await client.indices.get({ index: made, ignore_unavailable: true });
  assert.deepEqual(Object.keys(body), []);
}

function rowsOf({ rows }: LabResult, configuration: LabConfiguration): LabRow[] {
  return rows.filter((row) => row.configuration === configuration.name);
}

test('exact search finds every neighbour, a graph more of them the larger ef_search is, and all is measured', async () => {
  const thin = hnsw(2, 4, { efSearch: [10, 40, 400] });
  const usual = hnsw(16, 100, { efSearch: [100] });
  const result = await indexLab(client, data, { configurations: [exact, thin, usual], rounds: 1 });
  assert.deepEqual(result.refused, []);
  assert.equal(result.rows.length, 5);
  const [compared] = rowsOf(result, exact);
  assert.equal(compared?.recall, 1);
  const [least, middle, most] = rowsOf(result, thin);
  assert.ok(least && middle && most);
  assert.ok(least.recall <= middle.recall && middle.recall <= most.recall, inspect(result));
  assert.ok(least.recall < most.recall - 0.05, inspect(result));
  const [good] = rowsOf(result, usual);
  assert.ok(good && good.recall > 0.95, inspect(result));
  for (const row of result.rows) {
    assert.ok(row.p50Ms > 0 && row.p95Ms >= row.p50Ms && row.buildSeconds > 0, inspect(row));
    // The numbers themselves are 256 bytes; nothing that was sent is kept beside them.
    assert.ok(row.bytesPerVector > 4 * dimension && row.bytesPerVector < 8 * dimension + 100, inspect(row));
  }
  assert.ok(result.roundTripMs > 0);
  await assertNoneLeft();
});

test('quantised vectors are searched where the server can, and said to be missing where it can’t', async () => {
  const seven = hnsw(16, 100, { efSearch: [100], bits: 7 });
  const wrong: LabConfiguration = {
    name: 'no such method',
    method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil', parameters: { m: -1, ef_construction: 1 } },
    efSearch: [10],
  };
  const result = await indexLab(client, data, { configurations: [exact, seven, wrong], rounds: 1 });
  const [quantised] = rowsOf(result, seven);
  assert.ok(quantised && quantised.recall > 0.8 && quantised.recall <= 1, inspect(result));
  assert.equal(result.refused.length, 1);
  assert.match(inspect(result), /Without no such method: /);
  await assertNoneLeft();
});

test('after an error no index of the lab is left', async () => {
  const broken = data.vectors.map((vector, i) => (i === 900 ? vector.subarray(1) : vector));
  await assert.rejects(
    indexLab(client, { ...data, vectors: broken }, { configurations: [exact, hnsw(8, 50, { efSearch: [10] })] }),
    /1 vectors were refused/,
  );
  await assertNoneLeft();
});

test('after an interrupt, while building as while searching, no index of the lab is left', async () => {
  for (const moment of ['exact: building', 'searching']) {
    const stop = new AbortController();
    await assert.rejects(
      indexLab(client, data, {
        configurations: [exact],
        signal: stop.signal,
        onProgress: (step, done) => {
          if (step === moment && done > 10) stop.abort(new Error('interrupted'));
        },
      }),
      /interrupted/,
    );
    await assertNoneLeft();
  }
});

test('recall is the share of the true neighbours, and of two equal vectors either is right', () => {
  const vectors = [
    [1, 0],
    [0.8, 0.6],
    [0.8, 0.6],
    [0, 1],
    [-1, 0],
  ].map((v) => Float32Array.from(v));
  const query = Float32Array.from([1, 0]);
  const truth = exactNeighbours(query, vectors, 2);
  assert.equal(truth.nearest[0], 0);
  assert.ok(Math.abs(truth.leastCosine - 0.8) < 1e-6);
  const of = (...found: number[]) => recall(found, truth, { query, vectors });
  assert.deepEqual([of(0, 1), of(0, 2), of(0, 3), of(3, 4), of()], [1, 1, 0.5, 0, 0]);
});

test('synthetic vectors are the same for the same seed, of length 1, and lie in clusters', () => {
  const [a, b] = [1, 1].map((seed) => syntheticVectors(300, { seed, clusters: 5 }));
  assert.deepEqual(a, b);
  assert.notDeepEqual(a?.[0], syntheticVectors(1, { seed: 2, clusters: 5 })[0]);
  const vectors = a ?? [];
  for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  const cosines = vectors
    .slice(1)
    .map((vector) => vector.reduce((sum, value, i) => sum + value * (vectors[0]?.[i] ?? 0), 0));
  const near = cosines.filter((cosine) => cosine > 0.6).length / cosines.length;
  assert.ok(near > 0.1 && near < 0.4, `${near} of them lie near the first, where a fifth is of its cluster`);
});

test('the notebook’s lab searches the index’s own photos and 2,000 synthetic vectors, and leaves the photos alone', async (t) => {
  const index = `test-lab-photos-${process.pid}`;
  const identity = { model: 'm', revision: 'r', dtype: 'fp32', preprocessing: 'p', dimension: 512 };
  await createPhotoIndex(client, { index, body: photoIndexBody(identity), recreate: true });
  t.after(() => client.indices.delete({ index, ignore_unavailable: true }));
  const photos = syntheticVectors(30, { clusters: 5 });
  const body = photos.flatMap((vector, i) => [
    { index: { _id: String(i) } },
    { image_url: `photos/${i}.jpg`, embedding: Array.from(vector) },
  ]);
  await client.bulk({ index, body, refresh: true });
  const [own, synthetic] = await quickIndexLab(client, { index, queries: photos.slice(0, 5) });
  assert.ok(own && synthetic);
  assert.equal(own.vectors.count, 30);
  assert.equal(synthetic.vectors.count, 2000);
  for (const result of [own, synthetic]) {
    assert.equal(rowsOf(result, exact)[0]?.recall, 1);
    assert.match(inspect(result), /recall@10 +p50 ms/);
  }
  assert.equal((await client.count({ index })).body.count, 30);
  await assertNoneLeft();
});

const row = (configuration: string, p50Ms: number, recall: number, efSearch?: number): LabRow => ({
  ...{ configuration, efSearch, recall, p50Ms },
  ...{ p95Ms: 2 * p50Ms, bytesPerVector: 2000, buildSeconds: 1 },
});
const result = (rows: LabRow[]): LabResult => ({
  vectors: { name: 'photos', count: 1000, dimension: 512, queries: 10, k: 10 },
  ...{ rows, roundTripMs: 1, refused: [] },
});

test('what follows is said from the figures: exact while nobody would notice, the graph where it saves more and finds enough', () => {
  const exactly = row('exact', 13, 1);
  const graph = (p50Ms: number, recall: number) =>
    verdict(result([exactly, row('slow', 12, 1, 100), row('graph', p50Ms, recall, 10)]));
  assert.match(graph(4, 0.99), /exact search is the right answer.*save 9\.0 ms/);
  assert.match(graph(2, 0.99), /the graph is the right answer.*graph, ef_search 10.* 7 times.* 1,000 of/);
  assert.match(graph(2, 0.8), /exact search is the right answer.*slow, ef_search 100/);
  assert.match(verdict(result([exactly, row('graph', 2, 0.8, 10)])), /no graph reaches/);
});

/** `npm run lab -- --quick`, which gets Ctrl-C once it prints `moment`. */
async function stopLab(moment: RegExp): Promise<{ code: unknown; printed: string }> {
  const lab = spawn(process.execPath, ['--import=tsx', 'bench/index-lab.ts', '--quick'], {
    cwd: root,
    env: { ...process.env, SERVICE_URI: proxy.url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  lab.stderr.setEncoding('utf8').on('data', (text: string) => {
    const began = moment.test(printed);
    printed += text;
    if (!began && moment.test(printed)) lab.kill('SIGINT');
  });
  const code = await new Promise((resolve) => lab.on('close', resolve));
  return { code, printed };
}

test('npm run lab, stopped by Ctrl-C while it builds, says so and leaves no index', async () => {
  const { code, printed } = await stopLab(/building/);
  assert.equal(code, 130, printed);
  assert.match(printed, /Stopped; the lab’s indexes are deleted/);
  await assertNoneLeft();
});
