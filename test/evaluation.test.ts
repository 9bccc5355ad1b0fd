import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Clip } from '../lib/clip';
import { PhotoSearchError } from '../lib/errors';
import { writeWhole } from '../download/write-whole';
import { evaluateQueries } from '../further/evaluation/evaluate-queries';
import { embedJudgedPhotos, exactRanking } from '../further/evaluation/exact-ranking';
import { fitCalibration } from '../further/evaluation/fit-calibration';
import { fitLogistic } from '../further/evaluation/fit-logistic';
import { bootstrapInterval, wilsonInterval } from '../further/evaluation/intervals';
import type { JudgedSearch } from '../further/evaluation/judged-searches';
import { readJudgedSet, type JudgedSet, type QueryKind } from '../further/evaluation/judged-set';
import { rankingScores } from '../further/evaluation/ranking-metrics';
import { verdictFigures } from '../further/evaluation/verdict-figures';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos, type Photo } from '../lib/photos';
import { searchPhotos } from '../lib/search';
import { repositoryRoot } from '../workshop/settings';
import { uploadPhotos } from '../lib/upload';
import { calibratedVerdict, type Calibration } from '../further/judging/calibration';
import { builtInClip } from './support/built-in-clip';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';

let clip: Clip;
let judged: JudgedSet;
let photos: Photo[];

before(async () => {
  clip = await builtInClip();
  judged = await readJudgedSet();
  ({ photos } = await findPhotos(path.join(repositoryRoot, 'photos')));
});

after(() => clip.dispose());

function assertClose(actual: number, expected: number, within = 1e-4): void {
  assert.ok(Math.abs(actual - expected) < within, `${actual}, not ${expected}`);
}

test('recall, nDCG and reciprocal rank are what they are by hand', () => {
  const ranking = 'abcdefghijkl'.split('');
  const scores = rankingScores(ranking, new Set(['b', 'd', 'l', 'not found']));
  assert.equal(scores.recallAt1, 0);
  assert.equal(scores.recallAt5, 0.5);
  assert.equal(scores.recallAt10, 0.5);
  assert.equal(scores.precisionAt10, 0.2);
  assert.equal(scores.reciprocalRank, 0.5);
  // (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/log2 4 + 1/log2 5)
  assertClose(scores.ndcgAt10, (0.63093 + 0.43068) / (1 + 0.63093 + 0.5 + 0.43068));

  const perfect = rankingScores(ranking, new Set(['a']));
  const { precisionAt10, ...others } = perfect;
  assert.equal(precisionAt10, 0.1);
  assert.deepEqual(new Set(Object.values(others)), new Set([1]));
  const missing = rankingScores(ranking, new Set(['z']));
  assert.deepEqual(new Set(Object.values(missing)), new Set([0]));
  // More photos fit than there are places: the best possible order still has nDCG 1.
  assertClose(rankingScores(ranking, new Set(ranking)).ndcgAt10, 1);
  assert.throws(() => rankingScores(ranking, new Set()), RangeError);
});

test("Wilson's interval is that of the textbooks", () => {
  const cases = [
    [8, 10, 0.4902, 0.9433],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [1, 1, 0.2065, 1],
  ] as const;
  for (const [hits, of, low, high] of cases) {
    assertClose(wilsonInterval(hits, of).low, low);
    assertClose(wilsonInterval(hits, of).high, high);
  }
});

test('the bootstrap interval is the same each time, and as wide as theory says', () => {
  const halves = Array.from({ length: 100 }, (_, at) => at % 2);
  const { low, high } = bootstrapInterval(halves);
  assert.deepEqual(bootstrapInterval(halves), { low, high });
  assertClose(low, 0.5 - 1.96 * 0.05, 0.02);
  assertClose(high, 0.5 + 1.96 * 0.05, 0.02);
  assert.deepEqual(bootstrapInterval([0.25, 0.25, 0.25]), { low: 0.25, high: 0.25 });
});

test('a logistic regression has the odds of two groups, and weighs what tells them apart', () => {
  // 3 of 4 with x = 1, 1 of 4 with x = 0: the odds are 3 and 1/3; the second figure says nothing.
  const figures = Array.from({ length: 800 }, (_, at) => [at % 2, (at >> 4) % 2]);
  const yes = figures.map(([x], at) => (at >> 1) % 4 < (x === 1 ? 3 : 1));
  const { bias, weights } = fitLogistic(figures, yes);
  assertClose(weights[0] ?? NaN, 2 * Math.log(3), 0.05);
  assertClose(weights[1] ?? NaN, 0, 0.05);
  assertClose(bias, -Math.log(3), 0.05);
});

/** A search as `searchJudged` gives it: by `cosine` alone it can be told whether photos fit. */
function searched(spread: number, cosine: number, fits: boolean, found = fits): JudgedSearch {
  const relevant = new Set(fits ? ['a'] : []);
  const query = { text: 'x', kind: fits ? 'colour' : 'gibberish', relevant, heldOut: false } as const;
  const words = { weakestWord: 1, weakestShare: 1, rarestWord: 1 };
  return { query, spread, cosine, lead: 0, ...words, parts: [], found, isWhole: true };
}

test('where the evidence tells apart what is there, verdicts are right, and gibberish is nothing', () => {
  const at = (from: number) => (_: unknown, i: number) => from + (i % 20) / 100;
  const known = Array.from({ length: 40 }, at(0.5)).map((cosine) => searched(0.16, cosine, true));
  const absent = Array.from({ length: 40 }, at(0.1)).map((cosine) => searched(0.16, cosine, false));
  const unknown = Array.from({ length: 5 }, () => searched(0.001, 0, false));
  const calibration = { ...fitCalibration([...known, ...absent, ...unknown]), neutral: [], parts: [] };
  assert.ok(calibration.leastSpread > 0.001 && calibration.leastSpread < 0.16);
  const verdicts = (searches: JudgedSearch[]) =>
    new Set(searches.map((search) => calibratedVerdict(search, calibration)));
  assert.deepEqual(verdicts(known), new Set(['strong']));
  assert.ok(!verdicts(absent).has('strong'));
  assert.deepEqual(verdicts(unknown), new Set(['nothing']));
});

test('where a model tells nothing apart, hardly anything is judged as nothing, and nothing as strong', () => {
  const same = (fits: boolean) => Array.from({ length: 40 }, (_, at) => searched(0.1, at / 10, fits, false));
  const calibration = { ...fitCalibration([...same(true), ...same(false)]), neutral: [], parts: [] };
  const { strong, missed } = verdictFigures(same(true), calibration);
  assert.equal(strong.of, 0);
  assert.ok(missed.of === 40 && missed.right <= 2, String(missed.right));
});

test('every photo of the workshop is judged, and by its kind each query has an answer or none', () => {
  assert.deepEqual(
    [...judged.photos].sort(),
    photos.map(({ name }) => name),
  );
  const { queries } = judged;
  assert.equal(new Set(queries.map(({ text }) => text)).size, queries.length);
  for (const { text, kind, relevant } of queries) {
    const isAnswerable = ['colour', 'light', 'things', 'combination'].includes(kind);
    assert.equal(relevant.size > 0, isAnswerable, text);
  }
  const asked = (kind: QueryKind, heldOut: boolean) =>
    queries.filter((query) => query.kind === kind && query.heldOut === heldOut).length;
  for (const [kind, least] of [
    ['things', 35],
    ['combination', 18],
    ['absent things', 20],
    ['absent combination of things', 10],
    ['not English', 12],
    ['abstract words', 6],
  ] as const) {
    assert.ok(asked(kind, false) >= least && asked(kind, true) >= least, kind);
  }
});

test('the other photos are listed with where each is from, every query on them is held out, and by its kind has an answer or none', async () => {
  const file = path.join(repositoryRoot, 'evaluation', 'other-photos.json');
  const other = await readJudgedSet(file);
  const tsv = await readFile(path.join(repositoryRoot, 'evaluation', 'other-photos.tsv'), 'utf8');
  const rows = tsv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  assert.deepEqual(rows.map(([name]) => name).sort(), [...other.photos].sort());
  for (const [name, , , , , , hash] of rows) assert.match(hash ?? '', /^[89a-f][0-9a-f]{63}$/, name);
  assert.equal(new Set(rows.map((row) => row[6])).size, rows.length);
  assert.equal(new Set(other.queries.map(({ text }) => text)).size, other.queries.length);
  for (const { text, kind, relevant, heldOut } of other.queries) {
    assert.ok(heldOut, text);
    assert.equal(relevant.size > 0, kind !== 'absent things', text);
  }
  const asked = (kind: QueryKind) => other.queries.filter((query) => query.kind === kind).length;
  assert.ok(other.photos.length >= 250 && asked('things') >= 60 && asked('combination') >= 20);
});

test('photos that nobody judged are left out, texts stand in their template, and foreign photos are named as the cause', async () => {
  const set: JudgedSet = {
    judgedBy: 'test',
    photos: ['a', 'b'],
    queries: [
      { text: '$& cat', kind: 'things', relevant: new Set(['b']), heldOut: false },
      { text: 'none', kind: 'gibberish', relevant: new Set(), heldOut: false },
    ],
  };
  const asked: string[] = [];
  const rank = (text: string) => {
    asked.push(text);
    return ['unjudged', 'b', 'a'];
  };
  const evaluation = await evaluateQueries(set, rank, 'a photo of {}');
  assert.deepEqual(asked, ['a photo of $& cat']);
  assert.equal(evaluation.queries, 1);
  assert.equal(evaluation.reciprocalRank.mean, 1);
  await assert.rejects(
    evaluateQueries(set, () => ['x', 'y']),
    (error: Error) => error instanceof PhotoSearchError && /None of the 2 judged photos/.test(error.message),
  );
});

test('the index gives the figures that comparing with every photo gives, and they are as good as evaluation/README.md says', async (t) => {
  const client = await testClient();
  const index = `test-evaluation-${process.pid}`;
  t.after(async () => {
    await client.indices.delete({ index, ignore_unavailable: true });
    await client.close();
  });
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity) });
  await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  const byIndex = await evaluateQueries(judged, async (text) => {
    const hits = await searchPhotos(client, { index, vector: await clip.embedText(text), k: 100 });
    return hits.map(({ id }) => id);
  });
  const vectors = await embedJudgedPhotos(clip, photos, judged.photos);
  const exact = await evaluateQueries(judged, exactRanking(clip, vectors));
  assert.deepEqual(byIndex, exact);
  assert.equal(exact.queries, 206);
  assert.ok(exact.recallAt10.mean >= 0.745, String(exact.recallAt10.mean));
  assert.ok(exact.ndcgAt10.mean >= 0.735, String(exact.ndcgAt10.mean));
  assert.ok(exact.reciprocalRank.mean >= 0.805, String(exact.reciprocalRank.mean));
  assert.ok(exact.recallAt10.low < exact.recallAt10.mean);
});

const script = path.join('tools', 'evaluate.ts');
/** As npm runs it for someone who stands in `docs`. */
const run = (...options: string[]) =>
  promisify(execFile)(process.execPath, ['--import=tsx', script, ...options], {
    cwd: repositoryRoot,
    env: { ...process.env, INIT_CWD: path.join(repositoryRoot, 'docs') },
  });

test('npm run evaluate prints a row for each template, and calibrating makes the committed thresholds', async (t) => {
  const file = path.join(repositoryRoot, 'further', 'judging', 'calibrations.json');
  const committed = await readFile(file, 'utf8');
  // Other tests read it meanwhile.
  t.after(() => writeWhole(file, committed));
  const templates = ['--template', '{}', '--template', 'show me {}'];
  const { stdout } = await run('--model', 'models/pocket-clip', ...templates, '--calibrate');
  assert.match(stdout, /^models\/pocket-clip q8 "\{\}" +0\.3\d \(0\.2\d–0\.3\d\) /m);
  assert.match(stdout, /^models\/pocket-clip q8 "show me \{\}" /m);
  assert.match(stdout, /^best possible +0\.\d\d .* 1\.00 +1\.00$/m);
  assert.match(stdout, /strong, and a photo that fits is among the first three: \d+ of \d+, /);
  // Other processors round otherwise in a vector's last digits, which hardly moves a threshold.
  const [held, made] = [committed, await readFile(file, 'utf8')].map(
    (text) => JSON.parse(text) as (Calibration & { model: string; revision: string })[],
  );
  assert.deepEqual(
    made?.map(({ model }) => model),
    held?.map(({ model }) => model),
  );
  const [was, is] = [held, made].map((all) => all?.find(({ model }) => model === 'models/pocket-clip'));
  assert.ok(was && is);
  assert.equal(is.revision, was.revision, 'calibrated for other weights than those of today');
  assertClose(is.leastSpread, was.leastSpread, 0.002);
  assertClose(is.bias, was.bias, 0.2);
  is.weights.forEach((weight, at) => {
    assertClose(weight, was.weights[at] ?? NaN, 0.2);
  });
  assertClose(is.strongFrom, was.strongFrom, 0.05);
  assertClose(is.nothingBelow, was.nothingBelow, 0.05);
  assert.equal(is.neutral.length, was.neutral.length);
  is.neutral.forEach((value, at) => {
    assertClose(value, was.neutral[at] ?? NaN, 0.003);
  });
});

test('a wrong option, weights that are not there and a judged set that is not one are answered in a line', async () => {
  for (const options of [['--template', 'a photo'], ['--weights', 'q8'], ['a cat']]) {
    await assert.rejects(run(...options), { code: 2, stderr: /^Usage: npm run evaluate/m });
  }
  for (const [options, reason] of [
    [['--dtype', 'fp16'], /models\/pocket-clip lacks .*fp16/],
    [['--judged', '../README.md'], /README\.md is not JSON/],
    [['--photos', '.'], /judged photo apple-blossom\.jpg is not among/],
  ] as const) {
    await assert.rejects(run('--model', 'models/pocket-clip', ...options), (error: Error) => {
      const { stderr } = error as Error & { stderr: string };
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /\n +at /);
      return true;
    });
  }
});
