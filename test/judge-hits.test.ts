import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { backgroundCosines } from '../further/judging/background';
import type { Clip } from '../lib/clip';
import { embedJudgedPhotos, type NamedVector } from '../further/evaluation/exact-ranking';
import { readJudgedSet, type JudgedSet, type QueryKind } from '../further/evaluation/judged-set';
import { judgeHits, type Judgement } from '../further/judging/judge-hits';
import type { PhotoHit } from '../lib/search';
import { findPhotos } from '../lib/photos';
import { wordVectors } from '../further/judging/word-vectors';
import { builtInClip } from './support/built-in-clip';

const otherModel = { model: 'someone/clip', revision: 'c0ffee', dtype: 'fp32', preprocessing: 'test', dimension: 2 };
let clip: Clip;
let judged: JudgedSet;
let photos: NamedVector[];

before(async () => {
  clip = await builtInClip();
  judged = await readJudgedSet();
  const found = await findPhotos(path.resolve(__dirname, '../photos'));
  photos = await embedJudgedPhotos(clip, found.photos, judged.photos);
});

after(() => clip.dispose());

/** Judges the three nearest of the workshop's photos. */
async function judge(text: string, isText = true): Promise<Judgement> {
  const vector = await clip.embedText(text);
  const background = photos.map((photo) => photo.vector);
  const hits = backgroundCosines(vector, background)
    .map((cosine, at): PhotoHit => ({ id: photos[at]?.name ?? '', cosine }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 3);
  const best = photos.find(({ name }) => name === hits[0]?.id)?.vector;
  const evidence = best && { words: await wordVectors(clip, text), best };
  const options = { vector, background, identity: clip.identity };
  return judgeHits(hits, { ...options, text: isText ? evidence : undefined });
}

/** Photos of the background, by their cosines with the query [1, 0]. */
function backgroundOf(cosines: number[]): Float32Array[] {
  return cosines.map((cosine) => Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2)));
}

function judgeAmong(background: number[], hits: number[], identity = otherModel): Judgement {
  return judgeHits(
    hits.map((cosine, at) => ({ id: `${at}.jpg`, cosine })),
    {
      vector: Float32Array.of(1, 0),
      background: backgroundOf(background),
      identity,
      text: { words: [], best: Float32Array.of(1, 0) },
    },
  );
}

test('z, percentile and gap are what they are by hand', () => {
  // Mean 0.2, standard deviation √(0.08 / 3).
  const { hits, gap } = judgeAmong([0, 0.2, 0.2, 0.4], [0.5, 0.3, 0.2]);
  const sd = Math.sqrt(0.08 / 3);
  const close = (a: number | undefined, b: number) => {
    assert.ok(Math.abs((a ?? NaN) - b) < 1e-6);
  };
  close(hits[0]?.z, 0.3 / sd);
  close(hits[1]?.z, 0.1 / sd);
  close(gap, 0.5 - 0.25);
  assert.deepEqual(
    hits.map(({ percentile }) => percentile),
    [100, 75, 75],
  );
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
  const vector = await clip.embedText('red');
  const background = photos.map((photo) => photo.vector);
  const retrained = { ...clip.identity, revision: 'sha256:000000000000' };
  const { sentence } = judgeHits([{ id: 'x', cosine: 0.5 }], {
    vector,
    background,
    identity: retrained,
    text: { words: [], best: vector },
  });
  assert.match(sentence, /not calibrated/);
  assert.match((await judge('red', false)).sentence, /for texts only/);
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
  assert.deepEqual(
    hits.map(({ z, percentile }) => [z, percentile]),
    [
      [0, 100],
      [0, 100],
    ],
  );
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
});

test('verdicts are as good as evaluation/README.md says, for queries that they were not calibrated by', async () => {
  const strong = { of: 0, right: 0 };
  const missed = { of: 0, wrong: 0 };
  const absent: Partial<Record<QueryKind, { of: number; nothing: number; notStrong: number }>> = {};
  for (const { text, kind, relevant } of judged.queries.filter(({ heldOut }) => heldOut)) {
    const { verdict, hits } = await judge(text);
    if (verdict === 'strong') {
      strong.of += 1;
      if (hits.some(({ id }) => relevant.has(id))) strong.right += 1;
    }
    if (relevant.size > 0) {
      missed.of += 1;
      if (verdict === 'nothing') missed.wrong += 1;
    } else {
      const tally = (absent[kind] ??= { of: 0, nothing: 0, notStrong: 0 });
      tally.of += 1;
      if (verdict === 'nothing') tally.nothing += 1;
      if (verdict !== 'strong') tally.notStrong += 1;
    }
  }
  assert.ok(strong.right >= 42 && strong.of - strong.right <= 5, inspect(strong));
  assert.ok(missed.of === 96 && missed.wrong <= 1, inspect(missed));
  const least = {
    'absent things': { of: 24, nothing: 9, notStrong: 23 },
    'absent combination of things': { of: 11, nothing: 0, notStrong: 10 },
    'absent combination': { of: 26, nothing: 7, notStrong: 26 },
    'unknown words': { of: 8, nothing: 3, notStrong: 8 },
    'abstract words': { of: 6, nothing: 5, notStrong: 6 },
    gibberish: { of: 6, nothing: 6, notStrong: 6 },
    'not English': { of: 16, nothing: 16, notStrong: 16 },
  };
  assert.deepEqual(new Set(Object.keys(absent)), new Set(Object.keys(least)));
  for (const [kind, { of, nothing, notStrong }] of Object.entries(absent)) {
    const told = least[kind as keyof typeof least];
    assert.equal(of, told.of, kind);
    assert.ok(nothing >= told.nothing && notStrong >= told.notStrong, `${kind}: ${inspect(absent)}`);
  }
});
