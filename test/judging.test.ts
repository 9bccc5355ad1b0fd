import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { inspect } from 'node:util';
import { writeWhole } from '../download/write-whole';
import { evaluateQueries } from '../further/evaluation/evaluate-queries';
import { embedJudgedPhotos } from '../further/evaluation/exact-ranking';
import { fitCalibration } from '../further/evaluation/fit-calibration';
import type { JudgedSearch } from '../further/evaluation/judged-searches';
import { type JudgedSet, readJudgedSet } from '../further/evaluation/judged-set';
import { rankingScores } from '../further/evaluation/ranking-metrics';
import { verdictFigures } from '../further/evaluation/verdict-figures';
import { backgroundCosines, readBackground } from '../further/judging/background';
import { calibratedVerdict, type Calibration, calibrationFor } from '../further/judging/calibration';
import { judgeHits, type Judgement } from '../further/judging/judge-hits';
import { queryEvidence } from '../further/judging/query-evidence';
import { wordMeanings } from '../further/judging/word-meanings';
import type { Clip } from '../lib/clip';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { builtInParts } from '../clip-model/built-in-model';
import { builtInClip } from './support/built-in-clip';
import { fakeClip } from './support/fake-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { runTool } from './support/run-tool';
import { sharedPhotoIndex } from './support/search-page';

let clip: Clip;
/** The vectors of the workshop's photos. */
let vectors: Float32Array[];

before(async () => {
  clip = await builtInClip();
  vectors = await readBackground(await testClient(), await sharedPhotoIndex(), 81);
});

/** Judges the three nearest of the workshop's photos. */
async function judge(
  text: string,
  { isText = true, identity = clip.identity, photos = vectors.length } = {},
): Promise<Judgement> {
  const vector = await clip.embedText(text);
  const hits = backgroundCosines(vector, vectors)
    .map((cosine, at) => ({ id: String(at), cosine }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 3);
  const words = await wordMeanings(clip, text, builtInParts);
  const evidence = { words, hits: hits.flatMap(({ id }) => vectors[Number(id)] ?? []), photos };
  return judgeHits(hits, { vector, background: vectors, identity, text: isText ? evidence : undefined });
}

/** Judges by the cosines alone, for a model that nobody has calibrated. */
function judgeAmong(background: number[], cosines: number[]): Judgement {
  const query = Float32Array.of(1, 0);
  const hits = cosines.map((cosine, at) => ({ id: `${at}.jpg`, cosine }));
  return judgeHits(hits, {
    vector: query,
    background: background.map((cosine) => Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2))),
    identity: fakeClip({ dimension: 2 }).identity,
    text: { words: [], hits: [query], photos: background.length },
  });
}

test('z, percentile and gap are what they are by hand', () => {
  // Mean 0.2, standard deviation √(0.08 / 3).
  const { hits, gap } = judgeAmong([0, 0.2, 0.2, 0.4], [0.5, 0.3, 0.2]);
  const sd = Math.sqrt(0.08 / 3);
  const byHand = [0.3 / sd, 100, 0.1 / sd, 75, 0, 75, 0.5 - 0.25];
  for (const [at, number] of [...hits.flatMap(({ z, percentile }) => [z, percentile]), gap].entries()) {
    assert.ok(Math.abs(number - (byHand[at] ?? NaN)) < 1e-6, `${at}: ${number}`);
  }
  assert.match(inspect(hits), /^ +cosine +z +percentile +photo/);
});

test('the same cosine is strong in one background and weak in another', () => {
  const narrow = Array.from({ length: 100 }, (_, at) => 0.2 + (at % 10) / 1000);
  const wide = Array.from({ length: 100 }, (_, at) => 0.1 + (at % 10) / 25);
  assert.equal(judgeAmong(narrow, [0.4]).verdict, 'strong');
  assert.equal(judgeAmong(wide, [0.4]).verdict, 'weak');
});

test('a model that is not calibrated says so, and never claims that nothing is there', async () => {
  for (const best of [0.2, 0.3, 0.9]) {
    const background = Array.from({ length: 100 }, (_, at) => 0.2 + (at % 10) / 100);
    const { verdict, sentence } = judgeAmong(background, [best]);
    assert.notEqual(verdict, 'nothing');
    assert.match(sentence, /not calibrated for this model.*npm run evaluate -- --calibrate/);
  }
  const retrained = { ...clip.identity, revision: 'sha256:000000000000' };
  assert.match((await judge('red', { identity: retrained })).sentence, /not calibrated/);
  assert.match((await judge('red', { isText: false })).sentence, /for texts only/);
});

test('no hits, no photos, one photo, all the same: no verdict is made up, and nothing throws', () => {
  assert.equal(judgeAmong([0.1, 0.2], []).verdict, 'nothing');
  assert.deepEqual(judgeAmong([], []).hits, []);
  for (const few of [[], [0.4], [0.4, 0.4]]) {
    const { verdict, sentence } = judgeAmong(few, [0.4]);
    assert.equal(verdict, 'weak');
    assert.match(sentence, /too few to tell/);
  }
  const { verdict, hits } = judgeAmong(Array<number>(20).fill(0.4), [0.4, 0.4]);
  assert.equal(verdict, 'weak');
  for (const { z, percentile } of hits) assert.deepEqual([z, percentile], [0, 100]);
});

test('what the built-in model knows is judged as there, what it does not know as nothing, in words', async () => {
  for (const text of ['red flowers', 'green grass', 'something purple', 'a dark night']) {
    assert.notEqual((await judge(text)).verdict, 'nothing', text);
  }
  for (const text of ['sdfsdf', '犬']) {
    const { verdict, sentence } = await judge(text);
    assert.equal(verdict, 'nothing', text);
    assert.match(sentence, /^Nothing: /);
  }
  const { verdict, sentence } = await judge('a purple dog');
  assert.equal(verdict, 'nothing');
  assert.match(sentence, /^Nothing: probably no photo of this is here \(likelihood \d %\)\.$/);
  const inPart = await judge('orange like a ripe tangerine');
  assert.equal(inPart.verdict, 'weak');
  assert.match(
    inPart.sentence,
    /^Weak: perhaps .*, but the model does not know all of the text \(likelihood \d\d %\)\.$/,
  );
});

test('a word that only resembles a class is never strong, however near the photos are', async () => {
  const file = path.join(repositoryRoot, 'models', 'pocket-clip', 'make', 'everyday_words.txt');
  const marked = [...(await readFile(file, 'utf8')).matchAll(/^~(.*?):/gm)].flatMap(([, words = '']) =>
    words.split('|'),
  );
  assert.ok(marked.includes('deer') && marked.includes('tomato') && marked.length > 50);
  const calibration = calibrationFor(clip.identity);
  assert.ok(calibration);
  const verdict = async (text: string) => {
    const [vector, words] = [await clip.embedText(text), await wordMeanings(clip, text, builtInParts)];
    const evidence = queryEvidence({
      vector,
      words,
      hits: [vector],
      photos: 81,
      background: vectors,
      parts: builtInParts,
    });
    return calibratedVerdict({ ...evidence, spread: 1, cosine: 1, shown: 10, colours: 1 }, calibration);
  };
  for (const word of marked) {
    for (const text of [word, `yellow ${word}`, `a grey ${word} on a red sofa`]) {
      assert.equal(await verdict(text), 'weak', text);
    }
  }
  assert.equal(await verdict('a grey dog on a red sofa'), 'strong');
});

test('each word of a text is looked at alone, also beside a phrase, and a phrase as one word', async () => {
  const kinds = async (text: string) => {
    const { things, colours } = builtInParts;
    const meanings = await wordMeanings(clip, text, builtInParts);
    return meanings.map(({ part }) => (part === things ? 'thing' : part === colours ? 'colour' : 'scene'));
  };
  for (const [text, expected] of [
    ['a hot dog', ['thing']],
    ['hot dog', ['thing']],
    ['a purple teddy bear', ['colour', 'thing']],
    ['a hot air balloon at night', ['thing', 'scene']],
    ['florbish', []],
  ] as const) {
    assert.deepEqual(await kinds(text), expected, text);
  }
});

test('the same hit says less in a larger index, and no more in a smaller one', async () => {
  const here = await judge('red flowers');
  assert.equal(here.verdict, 'strong');
  assert.equal((await judge('red flowers', { photos: 1_000_000_000 })).verdict, 'weak');
  assert.deepEqual(await judge('red flowers', { photos: 20 }), here);
});

test('the background belongs to the index: drawn from all over it, the same each time, of new photos in proportion', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension: 2 }).identity);
  /** Photo number n has the vector [1, n], which tells its number when it is read back. */
  const write = async (from: number, to: number) => {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    const body = numbers.flatMap((n) => [
      { index: { _id: `${n}.jpg` } },
      { embedding: [1, n], image_url: `photos/${n}.jpg` },
    ]);
    await client.bulk({ index, body, refresh: true });
  };
  const sample = async () => (await readBackground(client, index, 100)).map((vector) => vector[1] ?? NaN);
  await write(0, 400);
  const drawn = await sample();
  assert.equal(new Set(drawn).size, 100);
  for (const quarter of [0, 100, 200, 300]) {
    const inQuarter = drawn.filter((n) => n >= quarter && n < quarter + 100).length;
    assert.ok(inQuarter > 10 && inQuarter < 40, `${inQuarter} from ${quarter} on`);
  }

  await write(0, 400);
  await client.indices.forcemerge({ index, max_num_segments: 1 });
  const mapping = (await client.indices.getMapping({ index })).body;
  const readOnly = (is: boolean) => client.indices.putSettings({ index, body: { 'index.blocks.read_only': is } });
  await readOnly(true);
  assert.deepEqual(await sample(), drawn);
  await readOnly(false);
  assert.deepEqual((await client.indices.getMapping({ index })).body, mapping);

  await write(400, 800);
  const old = (await sample()).filter((n) => n < 400);
  assert.ok(old.length > 30 && old.length < 70, `${old.length} of 100 are old`);
  const wereDrawn = old.every((n) => drawn.includes(n));
  assert.ok(wereDrawn, 'of the old ones only drawn ones stay');
});

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
  return { query, photos: 81, spread, cosine, shown: 0, unknown: 0, unknownThing: 0, colours: 0, found, isWhole: true };
}

test('where the evidence tells apart what is there, verdicts are right, and gibberish is nothing', () => {
  const from = (least: number, fits: boolean) =>
    Array.from({ length: 40 }, (_, i) => searched(0.16, least + (i % 20) / 100, fits));
  const [known, absent] = [from(0.5, true), from(0.1, false)];
  const unknown = Array.from({ length: 5 }, () => searched(0.001, 0, false));
  const calibration = fitCalibration([...known, ...absent, ...unknown]);
  assert.ok(calibration.leastSpread > 0.001 && calibration.leastSpread < 0.16);
  const verdicts = (searches: JudgedSearch[]) => new Set(searches.map((one) => calibratedVerdict(one, calibration)));
  assert.deepEqual(verdicts(known), new Set(['strong']));
  assert.ok(!verdicts(absent).has('strong'));
  assert.deepEqual(verdicts(unknown), new Set(['nothing']));
});

test('where a model tells nothing apart, hardly anything is judged as nothing, and nothing as strong', () => {
  const same = (fits: boolean) => Array.from({ length: 40 }, (_, at) => searched(0.1, at / 10, fits, false));
  const { strong, missed } = verdictFigures(same(true), fitCalibration([...same(true), ...same(false)]));
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
  const names = photos.map(({ name }) => name);
  assert.deepEqual([...judged.photos].sort(), names);
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
    ['weak or nothing, for ordinary and rare things', '"weak" or "nothing": unknown words:'],
    ['nothing, for abstract words', 'fits, "nothing": abstract words:'],
    ['nothing, though photos fit', 'photos fit, but "nothing"'],
  ] as const) {
    const told = figures.find(([name = '']) => name.startsWith(row))?.slice(1);
    assert.deepEqual(told, printed(line)?.slice(1), row);
  }
  // Those of which README gives the sums: 5 of 61, and 22 of 22.
  const nothing = [
    'combination: 1 of 26',
    'words: 4 of 8',
    'gibberish: 6 of 6',
    'things: 3 of 24',
    'things: 1 of 11',
    'English: 16 of 16',
  ];
  assert.match(stdout, new RegExp(nothing.map((line) => `fits, "nothing": .*${line},`).join('[^]*')));

  // Notebook 4 gives the same figures in other words.
  const notebook = await readFile(path.join(repositoryRoot, 'further', '4-scores-combinations-filters.ipynb'), 'utf8');
  const ofAll = (kinds: string, lines: string[]) =>
    lines.reduce((sum, line) => sum + Number(new RegExp(`${kinds}${line}: (\\d+) of`).exec(stdout)?.[1]), 0);
  const absent = ['absent things', 'absent combination of things', 'absent combination'];
  const [notStrong, told] = ['"weak" or "nothing": ', 'fits, "nothing": '].map((verdict) => ofAll(verdict, absent));
  const [, right, of] = /first three: (\d+) of (\d+)/.exec(stdout) ?? [];
  const [, missed] = /photos fit, but "nothing": (\d+) of/.exec(stdout) ?? [];
  for (const sentence of [
    `was right ${right} of ${of} times`,
    `that no photo shows, ${notStrong} got \`weak\` or \`nothing\`, ${told} of them \`nothing\``,
    `with photos that fit, ${missed} got`,
  ]) {
    assert.ok(notebook.includes(sentence), sentence);
  }
  assert.deepEqual(
    figures.find(([name]) => name === 'weak or nothing, for things and combinations that no photo shows')?.[1],
    `${notStrong} of 61`,
  );

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
});

test('a wrong option, weights that are not there and a judged set that is not one are answered in a line', async () => {
  for (const [code, options, reason] of [
    [2, ['--template', 'a photo'], /^Usage: npm run evaluate/m],
    [1, ['--dtype', 'fp16'], /models\/pocket-clip lacks .*fp16/],
    [1, ['--judged', '../README.md'], /README\.md is not JSON/],
  ] as const) {
    const ended = await run(...options);
    assert.equal(ended.code, code);
    assert.match(ended.stderr, reason);
    assert.doesNotMatch(ended.stderr, /\n +at /);
  }
  const notLike = /package\.json is not like evaluation\/judged-photos\.json/;
  await assert.rejects(readJudgedSet(path.join(repositoryRoot, 'package.json')), notLike);
  const notAmong = /^PhotoSearchError: The judged photo a\.jpg is not among the 0 found/;
  await assert.rejects(embedJudgedPhotos(clip, [], ['a.jpg']), notAmong);
});
