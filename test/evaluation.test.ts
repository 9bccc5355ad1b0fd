import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { writeWhole } from '../download/write-whole';
import { evaluateQueries } from '../further/evaluation/evaluate-queries';
import { fitCalibration } from '../further/evaluation/fit-calibration';
import type { JudgedSearch } from '../further/evaluation/judged-searches';
import { readJudgedSet, type JudgedSet } from '../further/evaluation/judged-set';
import { rankingScores } from '../further/evaluation/ranking-metrics';
import { verdictFigures } from '../further/evaluation/verdict-figures';
import { calibratedVerdict, type Calibration } from '../further/judging/calibration';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { runTool } from './support/run-tool';

function assertClose(actual: number, expected: number, within = 1e-4): void {
  assert.ok(Math.abs(actual - expected) < within, `${actual}, not ${expected}`);
}

test('recall, nDCG and reciprocal rank are what they are by hand', () => {
  const ranking = 'abcdefghijkl'.split('');
  const { ndcgAt10, ...scores } = rankingScores(ranking, new Set(['b', 'd', 'l', 'not found']));
  const byHand = { recallAt1: 0, recallAt5: 0.5, recallAt10: 0.5, precisionAt10: 0.2, reciprocalRank: 0.5 };
  assert.deepEqual(scores, byHand);
  // (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/log2 4 + 1/log2 5)
  assertClose(ndcgAt10, (0.63093 + 0.43068) / (1 + 0.63093 + 0.5 + 0.43068));

  const { precisionAt10, ...others } = rankingScores(ranking, new Set(['a']));
  assert.equal(precisionAt10, 0.1);
  assert.deepEqual(new Set(Object.values(others)), new Set([1]));
  const missing = rankingScores(ranking, new Set(['z']));
  assert.deepEqual(new Set(Object.values(missing)), new Set([0]));
  // More photos fit than there are places: the best possible order still has nDCG 1.
  assertClose(rankingScores(ranking, new Set(ranking)).ndcgAt10, 1);
  assert.throws(() => rankingScores(ranking, new Set()), RangeError);
});

/** A search as `searchJudged` gives it: by `cosine` alone it can be told whether photos fit. */
function searched(spread: number, cosine: number, fits: boolean, found = fits): JudgedSearch {
  const kind = fits ? 'colour' : 'gibberish';
  const query = { text: 'x', kind, relevant: new Set(fits ? ['a'] : []), heldOut: false } as const;
  const words = { weakestWord: 1, weakestShare: 1, rarestWord: 1 };
  return { query, spread, cosine, lead: 0, ...words, parts: [], found, isWhole: true };
}

const fitted = (searches: JudgedSearch[]) => ({ ...fitCalibration(searches), neutral: [], parts: [] });

test('where the evidence tells apart what is there, verdicts are right, and gibberish is nothing', () => {
  const from = (least: number, fits: boolean) =>
    Array.from({ length: 40 }, (_, i) => searched(0.16, least + (i % 20) / 100, fits));
  const [known, absent] = [from(0.5, true), from(0.1, false)];
  const unknown = Array.from({ length: 5 }, () => searched(0.001, 0, false));
  const calibration = fitted([...known, ...absent, ...unknown]);
  assert.ok(calibration.leastSpread > 0.001 && calibration.leastSpread < 0.16);
  const verdicts = (searches: JudgedSearch[]) => new Set(searches.map((one) => calibratedVerdict(one, calibration)));
  assert.deepEqual(verdicts(known), new Set(['strong']));
  assert.ok(!verdicts(absent).has('strong'));
  assert.deepEqual(verdicts(unknown), new Set(['nothing']));
});

test('where a model tells nothing apart, hardly anything is judged as nothing, and nothing as strong', () => {
  const same = (fits: boolean) => Array.from({ length: 40 }, (_, at) => searched(0.1, at / 10, fits, false));
  const { strong, missed } = verdictFigures(same(true), fitted([...same(true), ...same(false)]));
  assert.deepEqual([strong.of, missed.of], [0, 40]);
  assert.ok(missed.right <= 2, String(missed.right));
});

/** Each query is there once, and by its kind has an answer or none; `least` queries of a kind at least. */
function assertQueries({ queries }: JudgedSet, hasAnswer: (kind: string) => boolean, least: Record<string, number>) {
  assert.equal(new Set(queries.map(({ text }) => text)).size, queries.length);
  for (const { text, kind, relevant } of queries) assert.equal(relevant.size > 0, hasAnswer(kind), text);
  for (const [kind, count] of Object.entries(least)) {
    assert.ok(queries.filter((query) => query.kind === kind).length >= count, kind);
  }
}

test('every photo of the workshop is judged, and by its kind each query has an answer or none', async () => {
  const judged = await readJudgedSet();
  const { photos } = await findPhotos(path.join(repositoryRoot, 'photos'));
  assert.deepEqual(
    [...judged.photos].sort(),
    photos.map(({ name }) => name),
  );
  const combinations = { combination: 18, 'absent combination of things': 10 };
  const least = { things: 35, ...combinations, 'absent things': 20, 'not English': 12, 'abstract words': 6 };
  for (const heldOut of [false, true]) {
    const half = { ...judged, queries: judged.queries.filter((query) => query.heldOut === heldOut) };
    assertQueries(half, (kind) => ['colour', 'light', 'things', 'combination'].includes(kind), least);
  }
});

test('the other photos are listed with where each is from, every query on them is held out, and by its kind has an answer or none', async () => {
  const folder = path.join(repositoryRoot, 'evaluation');
  const other = await readJudgedSet(path.join(folder, 'other-photos.json'));
  const [, ...lines] = (await readFile(path.join(folder, 'other-photos.tsv'), 'utf8')).trim().split('\n');
  const rows = lines.map((line) => line.split('\t'));
  assert.deepEqual(rows.map(([name]) => name).sort(), [...other.photos].sort());
  for (const [name, , , , , , hash] of rows) assert.match(hash ?? '', /^[89a-f][0-9a-f]{63}$/, name);
  assert.equal(new Set(rows.map((row) => row[6])).size, rows.length);
  assertQueries(other, (kind) => kind !== 'absent things', { things: 60, combination: 20 });
  assert.ok(other.photos.length >= 250 && other.queries.every(({ heldOut }) => heldOut));
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
  const foreign = evaluateQueries(set, () => ['x', 'y']);
  await assert.rejects(foreign, { name: 'PhotoSearchError', message: /None of the 2 judged photos/ });
});

/** As npm runs it for someone who stands in `docs`. */
const run = (...options: string[]) =>
  runTool('evaluate', ['--model', 'models/pocket-clip', ...options], {
    env: { INIT_CWD: path.join(repositoryRoot, 'docs'), npm_lifecycle_event: 'evaluate' },
  });

test('npm run evaluate prints the figures of evaluation/README.md, a row for each template, and calibrating makes the committed thresholds', async (t) => {
  const file = path.join(repositoryRoot, 'further', 'judging', 'calibrations.json');
  const committed = await readFile(file, 'utf8');
  // Other tests read it meanwhile.
  t.after(() => writeWhole(file, committed));
  const { stdout } = await run('--template', '{}', '--template', 'show me {}', '--calibrate');

  const readme = await readFile(path.join(repositoryRoot, 'evaluation', 'README.md'), 'utf8');
  const cells = (line: string) => line.split(/ *\| */).slice(1, -1);
  const figures = readme.split('\n').map(cells);
  const sections = stdout.split(/\n(?=\S.* \(\d+\):\n)/).slice(1);
  assert.equal(sections.length, 4);
  for (const section of sections) {
    const [title = '', , asItIs = '', shown = '', chance = '', best = ''] = section.split('\n');
    const columns = (line: string) => [2, 4, 5].map((at) => line.match(/\d\.\d\d( \(.*?\))?(?= {2}|$)/g)?.[at]);
    assert.match(shown, /^models\/pocket-clip q8 "show me \{\}" /);
    const between = columns(chance).map((least, i) => `${least} / ${columns(best)[i]}`);
    const expected = columns(asItIs).flatMap((figure, i) => [figure, between[i]]);
    assert.deepEqual(figures.find(([name]) => `${name}:` === title)?.slice(1), expected, title);
  }
  const printed = (line: string) =>
    / (\d+ of \d+), (.*)$/.exec(stdout.split('\n').find((one) => one.includes(line)) ?? '');
  for (const [row, line] of [
    ['strong, and a photo', 'strong, and a photo'],
    ['weak or nothing, for single things', '"weak" or "nothing": absent things:'],
    ['weak or nothing, for things together', '"weak" or "nothing": absent combination of things:'],
    ['weak or nothing, for colours and light', '"weak" or "nothing": absent combination:'],
    ['weak or nothing, for "unknown words"', '"weak" or "nothing": unknown words:'],
    ['nothing, for abstract words', 'fits, "nothing": abstract words:'],
    ['nothing, though photos fit', 'photos fit, but "nothing"'],
  ] as const) {
    const told = figures.find(([name = '']) => name.startsWith(row))?.slice(1);
    assert.deepEqual(told, printed(line)?.slice(1), row);
  }
  // Those of which README gives the sums: 10 of 61, and 22 of 22.
  const nothing = [
    'combination: 3 of 26',
    'words: 2 of 8',
    'gibberish: 6 of 6',
    'things: 7 of 24',
    'English: 16 of 16',
  ];
  assert.match(stdout, new RegExp(nothing.map((line) => `fits, "nothing": .*${line},`).join('[^]*')));

  // Other processors round otherwise in a vector's last digits, which hardly moves a threshold.
  const [held, made] = [committed, await readFile(file, 'utf8')].map(
    (text) => JSON.parse(text) as (Calibration & { model: string; revision: string })[],
  );
  const [was, is] = [held, made].map((all) => all?.find(({ model }) => model === 'models/pocket-clip'));
  assert.ok(was && is);
  assert.equal(is.revision, was.revision, 'calibrated for other weights than those of today');
  assertClose(is.leastSpread, was.leastSpread, 0.002);
  assertClose(is.bias, was.bias, 0.2);
  for (const [at, weight] of is.weights.entries()) assertClose(weight, was.weights[at] ?? NaN, 0.2);
  assertClose(is.strongFrom, was.strongFrom, 0.05);
  assertClose(is.nothingBelow, was.nothingBelow, 0.05);
  assert.equal(is.neutral.length, was.neutral.length);
  for (const [at, value] of is.neutral.entries()) assertClose(value, was.neutral[at] ?? NaN, 0.003);
});

test('a wrong option, weights that are not there and a judged set that is not one are answered in a line', async () => {
  for (const [code, options, reason] of [
    [2, ['--template', 'a photo'], /^Usage: npm run evaluate/m],
    [1, ['--dtype', 'fp16'], /models\/pocket-clip lacks .*fp16/],
    [1, ['--judged', '../README.md'], /README\.md is not JSON/],
    [1, ['--photos', '.'], /judged photo apple-blossom\.jpg is not among/],
  ] as const) {
    const ended = await run(...options);
    assert.equal(ended.code, code);
    assert.match(ended.stderr, reason);
    assert.doesNotMatch(ended.stderr, /\n +at /);
  }
});
