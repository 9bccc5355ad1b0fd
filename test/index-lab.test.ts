import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { indexLab, type LabVectors } from '../further/index-lab/index-lab';
import { exact, hnsw, type LabConfiguration } from '../further/index-lab/configurations';
import { exactNeighbours, recall } from '../further/index-lab/exact-neighbours';
import type { LabResult, LabRow } from '../further/index-lab/lab-result';
import { syntheticVectors } from '../further/index-lab/synthetic-vectors';
import { verdict } from '../bench/index-lab/report';
import { startFaultyProxy } from './support/faulty-proxy';
import { testClient } from './support/photo-indexes';
import { runFile } from './support/run-tool';
import { testOpenSearchUrl } from './support/test-opensearch';

const dimension = 64;
let proxy: Awaited<ReturnType<typeof startFaultyProxy>>;
let client: Client;
let data: LabVectors;

before(async () => {
  proxy = await startFaultyProxy(await testOpenSearchUrl(), () => undefined);
  client = await testClient({ url: proxy.url });
  const drawn = syntheticVectors(1540, { dimension, clusters: 20 });
  data = { name: 'synthetic vectors', vectors: drawn.slice(40), queries: drawn.slice(0, 40) };
});

beforeEach(() => (proxy.requests.length = 0));

/** Of the indexes that this test's labs have made, none is left: others run labs on the server at the same time. */
async function assertNoneLeft(): Promise<void> {
  const puts = proxy.requests.filter(({ method, path }) => method === 'PUT' && path.startsWith('/lab-'));
  const made = puts.map(({ path }) => path.slice(1));
  assert.ok(made.length > 0);
  const { body } = await client.indices.get({ index: made, ignore_unavailable: true });
  assert.deepEqual(Object.keys(body), []);
}

test('exact search finds every neighbour, a graph more of them the larger ef_search is, quantised ones where the server can; all is measured, and what it refuses is said to be missing', async () => {
  const thin = hnsw(2, 4, { efSearch: [10, 40, 400] });
  const usual = hnsw(16, 100, { efSearch: [100] });
  const seven = hnsw(16, 100, { efSearch: [100], bits: 7 });
  const parameters = { m: -1, ef_construction: 1 };
  const method = { name: 'hnsw' as const, engine: 'lucene' as const, space_type: 'cosinesimil' as const, parameters };
  const wrong: LabConfiguration = { name: 'no such method', method, efSearch: [10] };
  const result = await indexLab(client, data, { configurations: [exact, thin, usual, seven, wrong], rounds: 1 });
  assert.equal(result.refused.length, 1);
  assert.match(inspect(result), /Without no such method: /);
  assert.equal(result.rows.length, 6);
  const recalls = ({ name }: LabConfiguration) =>
    result.rows.filter((row) => row.configuration === name).map((row) => row.recall);
  assert.deepEqual(recalls(exact), [1]);
  const [least = NaN, middle = NaN, most = NaN] = recalls(thin);
  assert.ok(least <= middle && middle <= most && least < most - 0.05, inspect(result));
  const [good = NaN, quantised = NaN] = [...recalls(usual), ...recalls(seven)];
  assert.ok(good > 0.95 && quantised > 0.8 && quantised <= 1, inspect(result));
  for (const row of result.rows) {
    assert.ok(row.p50Ms > 0 && row.p95Ms >= row.p50Ms && row.buildSeconds > 0, inspect(row));
    if (row.configuration === seven.name) continue;
    // The numbers themselves are 256 bytes; nothing that was sent is kept beside them.
    assert.ok(row.bytesPerVector > 4 * dimension && row.bytesPerVector < 8 * dimension + 100, inspect(row));
  }
  assert.ok(result.roundTripMs > 0);
  await assertNoneLeft();
});

test('after an error, and after an interrupt, while building as while searching, no index of the lab is left', async () => {
  const broken = data.vectors.map((vector, i) => (i === 900 ? vector.subarray(1) : vector));
  const configurations = [exact, hnsw(8, 50, { efSearch: [10] })];
  await assert.rejects(indexLab(client, { ...data, vectors: broken }, { configurations }), /1 vectors were refused/);
  await assertNoneLeft();
  for (const moment of ['exact: building', 'searching']) {
    const stop = new AbortController();
    const onProgress = (step: string, done: number) => {
      if (step === moment && done > 10) stop.abort(new Error('interrupted'));
    };
    const lab = indexLab(client, data, { configurations: [exact], signal: stop.signal, onProgress });
    await assert.rejects(lab, /interrupted/);
    await assertNoneLeft();
  }
});

test('recall is the share of the true neighbours, and of two equal vectors either is right', () => {
  const [query = new Float32Array(), ...others] = [
    [1, 0],
    [0.8, 0.6],
    [0.8, 0.6],
    [0, 1],
    [-1, 0],
  ].map((vector) => Float32Array.from(vector));
  const vectors = [query, ...others];
  const truth = exactNeighbours(query, vectors, 2);
  assert.equal(truth.nearest[0], 0);
  assert.ok(Math.abs(truth.leastCosine - 0.8) < 1e-6);
  const of = (...found: number[]) => recall(found, truth, { query, vectors });
  assert.deepEqual([of(0, 1), of(0, 2), of(0, 3), of(3, 4), of()], [1, 1, 0.5, 0, 0]);
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
  assert.match(graph(2, 0.99), /the graph is the right answer.*graph, ef_search 10.* 7 times.* 1,000 vectors/);
  assert.match(graph(2, 0.8), /exact search is the right answer.*slow, ef_search 100/);
  assert.match(verdict(result([exactly, row('graph', 2, 0.8, 10)])), /no graph reaches/);
});

test('npx tsx bench/index-lab.ts, stopped by Ctrl-C while it builds, says so and leaves no index', async () => {
  const { code, stderr } = await runFile('bench/index-lab.ts', ['--quick'], {
    env: { SERVICE_URI: proxy.url },
    meanwhile: (lab) => {
      lab.stderr?.on('data', (text: string) => {
        if (!lab.killed && text.includes('building')) lab.kill('SIGINT');
      });
    },
  });
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Stopped; the lab’s indexes are deleted/);
  await assertNoneLeft();
});
