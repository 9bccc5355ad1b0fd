import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { inspect } from 'node:util';
import { backgroundCosines, readBackground } from '../further/judging/background';
import { judgeHits, type Judgement } from '../further/judging/judge-hits';
import { wordVectors } from '../further/judging/query-evidence';
import type { Clip } from '../lib/clip';
import { builtInClip } from './support/built-in-clip';
import { fakeClip } from './support/fake-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { sharedPhotoIndex } from './support/search-page';

let clip: Clip;
/** The vectors of the workshop's photos. */
let vectors: Float32Array[];

before(async () => {
  clip = await builtInClip();
  vectors = await readBackground(await testClient(), await sharedPhotoIndex(), 81);
});

/** Judges the three nearest of the workshop's photos. */
async function judge(text: string, { isText = true, identity = clip.identity } = {}): Promise<Judgement> {
  const vector = await clip.embedText(text);
  const hits = backgroundCosines(vector, vectors)
    .map((cosine, at) => ({ id: String(at), cosine }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 3);
  const best = vectors[Number(hits[0]?.id)];
  assert.ok(best);
  const evidence = { words: await wordVectors(clip, text), best };
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
    text: { words: [], best: query },
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
  assert.ok(
    old.every((n) => drawn.includes(n)),
    'of the old ones only drawn ones stay',
  );
});
