import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { writePart } from '../bench/markdown';
import { ratiosOf, type Results } from '../bench/results';
import { resultTables } from '../bench/results-page';
import { fillIndex } from '../bench/scale/fill';
import { neighbourStatistics } from '../bench/scale/neighbour-statistics';
import { photoLikeVectors } from '../bench/scale/photo-like-vectors';
import type { ScaleResults } from '../bench/scale/scale-results';
import { scalingAnswer, scalingTables } from '../bench/scale/scaling-page';
import { findTruths, measureSearches, positionsOf } from '../bench/scale/searches';
import { isNodeProcess, readLiveNode } from '../local-opensearch/node-record';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { repositoryRoot } from '../workshop/settings';
import { fixtures } from './support/clip-fixtures';
import { testClient } from './support/photo-indexes';
import { runFile } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const committed = path.join(repositoryRoot, 'bench', 'results.json');

const bench = (...options: string[]) => runFile('bench/bench.ts', options);

test('a quick run measures each subject and leaves the committed results alone', async (t) => {
  const work = temporaryFolder(t);
  const before = readFileSync(committed, 'utf8');
  const ids = ['ours-fp32', 'ours-q8', 'transformers-js-fp32', 'model-fp32', 'model-q8', 'decode'];
  const model = path.join(fixtures, 'tiny32');
  const options = ['--quick', '--photos', '10', '--only', ids.join(), '--soak', 'q8'];
  const { stdout } = await bench(...options, '--model', model, '--work', work);

  assert.equal(readFileSync(committed, 'utf8'), before);
  const results = JSON.parse(await readFile(path.join(work, 'results.json'), 'utf8')) as Results;
  assert.deepEqual(results.subjects.map(({ id }) => id).sort(), ids.sort());
  for (const { photosPerSecond, cpuMsPerPhoto, textMs, peakRssMb, ceiling } of results.subjects) {
    assert.ok(photosPerSecond && photosPerSecond.median > 0);
    assert.ok(cpuMsPerPhoto && cpuMsPerPhoto.median > 0);
    assert.equal(textMs !== undefined, !ceiling);
    assert.ok(peakRssMb > 50);
  }
  assert.equal(results.soak?.photos, 100);
  assert.ok(results.ratios.of_ceiling > 0);
  assert.match(stdout, /### Photos to vectors/);
});

test('an unknown subject is answered with the known ones, a wrong option with the usage', async () => {
  const unknown = await bench('--only', 'theirs');
  assert.match(unknown.stderr, /^There is no subject theirs: choose among original, ours-fp32,/m);
  assert.doesNotMatch(unknown.stderr, /\n +at /);
  const wrong = await bench('--rounds', 'many');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^Usage: npx tsx bench\/bench\.ts/m);
});

test('docs/python-original.md compares speed and memory as the committed run measured them', async () => {
  const { ratios, subjects } = JSON.parse(readFileSync(committed, 'utf8')) as Results;
  const page = await readFile(path.join(repositoryRoot, 'docs', 'python-original.md'), 'utf8');
  const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| ${name}`)) ?? '';
  const [fp32, q8] = [ratios.fp32_vs_original.toFixed(1), ratios.q8_vs_original.toFixed(1)];
  assert.ok(row('Photos to vectors').includes(`${fp32} times as many a second; \`q8\`: ${q8} times`));
  const original = subjects.find(({ id }) => id === 'original')?.peakRssMb ?? NaN;
  const gigabytes = (mb: number) => `${(mb / 1000).toFixed(1)} GB`;
  assert.ok(row('Memory for it').includes(`| ${gigabytes(original)} `));
  assert.ok(row('Memory for it').includes(`| ${gigabytes(ratios.peak_rss_mb)} `));
});

test('the committed ratios and tables are those of the committed figures', async (t) => {
  const results = JSON.parse(readFileSync(committed, 'utf8')) as Results;
  assert.deepEqual(results.ratios, ratiosOf(results.subjects, results.soak));
  const page = await readFile(path.join(repositoryRoot, 'bench', 'RESULTS.md'), 'utf8');
  const copy = path.join(temporaryFolder(t), 'RESULTS.md');
  await writeFile(copy, page);
  await writePart(copy, 'npx tsx bench/bench.ts', resultTables(results));
  assert.equal(await readFile(copy, 'utf8'), page);
});

test('a benchmark that is asked to end leaves neither its OpenSearch nor a file of it behind', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const folder = temporaryFolder(t);
    const program = ['--require=tsx/cjs', path.join('bench', 'server.ts'), '--rounds', '1', '--vectors', '100'];
    const child = spawn(process.execPath, program, {
      ...{ cwd: repositoryRoot, stdio: 'ignore' },
      env: { ...process.env, TMPDIR: folder },
    });
    const ended = once(child, 'exit');
    const own = () => readdirSync(folder).filter((name) => name.startsWith('workshop-bench-'));
    while (own().length === 0) await pause(50);
    const paths = localOpenSearchPaths(path.join(folder, own()[0] ?? ''));
    while (!readLiveNode(paths) && child.exitCode === null) await pause(50);
    const { pid } = readLiveNode(paths) ?? assert.fail('it ended before its OpenSearch began');
    child.kill(signal);
    const [code] = (await ended) as [number];
    assert.equal(code, 128 + os.constants.signals[signal]);
    assert.deepEqual(own(), []);
    while (isNodeProcess(pid, paths)) await pause(50);
  }
});

function read(name: string): string {
  return readFileSync(path.join(repositoryRoot, name), 'utf8');
}

test('docs/scaling.md says what its program says', () => {
  const scale = JSON.parse(read('bench/results-scale.json')) as ScaleResults;
  const encoding = JSON.parse(read('bench/results.json')) as Results;
  for (const part of [scalingAnswer(scale, encoding), scalingTables(scale, encoding)]) {
    assert(read('docs/scaling.md').includes(`\n\n${part.trim()}\n\n`), 'npx tsx bench/scaling.ts writes it');
  }
});

test("made-up vectors lie to each other as the photos' do, and are the same each time", () => {
  const { neighbours } = JSON.parse(read('bench/results-scale.json')) as ScaleResults;
  const { photos } = neighbours;
  const made = neighbourStatistics(photoLikeVectors(photos.count));
  for (const figure of ['pairMean', 'pairSd', 'nearest', 'tenth'] as const) {
    assert(Math.abs(made[figure] - photos[figure]) < 0.05, `${figure}: ${made[figure]}`);
    assert(Math.abs(made[figure] - neighbours.madeUp[figure]) < 1e-3, figure);
  }
});

test('both ways of uploading bring in all, and searches with and without a filter find the true neighbours', async (t) => {
  const url = await testOpenSearchUrl();
  const client = await testClient();
  const index = 'test-scaling';
  t.after(() => client.indices.delete({ index }));
  const drawn = photoLikeVectors(2010);
  const vectors = drawn.slice(0, 2000);
  const filled = await fillIndex(client, { url, index }, vectors);
  assert(filled.uploadDocsPerSecond > 0 && filled.rawDocsPerSecond > 0);
  assert(filled.ownShare > 0 && filled.ownShare < 2);
  const { body } = await client.count({ index });
  assert.equal(body.count, 2000);
  const { truths } = findTruths(drawn.slice(2000), vectors);
  const search = { truths, vectors, positions: positionsOf(2000) };
  for (const share of [undefined, 0.01, 0.5]) {
    const { recall, p50, p99 } = await measureSearches(client, index, { ...search, share, clients: 2 });
    assert(recall > 0.99, `${share}: ${recall}`);
    assert(p50 > 0 && p99 >= p50);
  }
});
