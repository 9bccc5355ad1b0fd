import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { dotProduct } from '../further/dot-product';
import { rememberTexts } from '../further/remember-texts';
import { adviseOnErrors, type Clip, loadClip, PhotoSearchError, preprocessingVersion, readPixels } from '../lib/index';
import { openTokenizer, tokenIds, unreadWords, unreadWordsNotice } from '../lib/model/token-ids';
import { advice } from '../workshop/advice';
import {
  fixtures,
  madeUpPixels,
  models,
  openModel,
  pythonVectors,
  realTokenizer,
  reference,
} from './support/clip-fixtures';
import { temporaryFolder } from './support/temporary-folder';

adviseOnErrors((code) => advice[code]);

/** A copy of the small model with other identity, and files that `damage` has changed. */
async function load(
  t: TestContext,
  damage?: (folder: string) => Promise<void>,
  changed: { dtype?: string; dimension?: number } = {},
): Promise<Clip> {
  const folder = path.join(temporaryFolder(t), 'model');
  await cp(path.join(fixtures, 'tiny32'), folder, { recursive: true });
  await damage?.(folder);
  const identity = { model: 'm', revision: 'r', dtype: 'fp32', preprocessing: preprocessingVersion, dimension: 24 };
  return loadClip({ folder, identity: { ...identity, ...changed } });
}

async function assertExplains(work: Promise<unknown>, ...patterns: RegExp[]): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof PhotoSearchError, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

const lose = (name: string) => (folder: string) => rm(path.join(folder, name));
const set = (name: string, values: object) => async (folder: string) => {
  const file = path.join(folder, name);
  const json = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...json, ...values }));
};
const preprocessor = (values: object) => set('preprocessor_config.json', values);
const damages: [what: string, damage: (folder: string) => Promise<void>, ...patterns: RegExp[]][] = [
  ['is not a CLIP', set('config.json', { model_type: 'bert' }), /not a CLIP/, /bert/, /CLIP_MODEL/],
  ['has no text tower', lose('onnx/text_model.onnx'), /no text tower/, /CLIP_MODEL.*CLIP_DTYPE/],
  ['has no vision tower', lose('onnx/vision_model.onnx'), /no vision tower/, /CLIP_MODEL.*CLIP_DTYPE/],
  ['lacks its configuration', lose('config.json'), /config\.json/],
  ['lacks that of its photos', lose('preprocessor_config.json'), /preprocessor_config/],
  ['lacks its tokenizer', lose('tokenizer.json'), /tokenizer\.json/],
  ['resizes in a way of its own', preprocessor({ resample: 77 }), /resample: 77/],
  ['has a size of its own', preprocessor({ size: { longest_edge: 5 } }), /size/],
  ['crops more than it has', preprocessor({ crop_size: 225 }), /crop_size: 225/],
  ['divides by nothing', preprocessor({ image_std: [1, 0, 1] }), /image_std/],
];
for (const [what, damage, ...patterns] of damages) {
  test(`a model that ${what} is reported in one sentence`, async (t) => {
    await assertExplains(load(t, damage), ...patterns);
  });
}

test('a precision that the model does not come in, or that does not exist, is reported', async (t) => {
  const loadAs = (dtype: string) => load(t, undefined, { dtype });
  await assertExplains(loadAs('fp16'), /fp16/, /text_model_fp16\.onnx is missing/);
  await assertExplains(loadAs('q9'), /'q9' is not known/, /fp32, fp16, q8/);
  await assertExplains(loadAs('text=fp32'), /'text=fp32' is not known/);
});

test('weights that are whole but can’t be run are named at the first text, with what to do', async (t) => {
  // Another operator's name of the same length.
  const damage = async (folder: string) => {
    const file = path.join(folder, 'onnx/text_model.onnx');
    const bytes = await readFile(file);
    bytes.write('NoSuch', bytes.indexOf('MatMul'));
    await writeFile(file, bytes);
  };
  const clip = await load(t, damage);
  await assertExplains(clip.embedText('a cat'), /text_model\.onnx can't be loaded/, /downloaded again/);
});

test('vectors of another length than expected are reported, not passed on', async (t) => {
  const clip = await load(t, undefined, { dimension: 512 });
  t.after(() => clip.dispose());
  await assertExplains(clip.embedText('a cat'), /24 numbers instead of 512/);
});

test('a photo that gets a vector of NaN is an error that says which', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const pixels = new Float32Array(3 * 224 * 224);
  await assertExplains(clip.embedPixels([pixels, pixels.map(() => NaN)]), /photo 2 of 2/, /NaN/);
});

test('a model can be closed, closed again, and is read again when used after that', async (t) => {
  const clip = await load(t);
  const before = await clip.embedText('a cat');
  await clip.dispose();
  await clip.dispose();
  assert.deepEqual(await clip.embedText('a cat'), before);
  await clip.dispose();
});

function assertUnitVectors(vectors: Float32Array[], count: number, dimension: number): void {
  assert.equal(vectors.length, count);
  for (const vector of vectors) {
    assert.ok(vector instanceof Float32Array);
    assert.equal(vector.length, dimension);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6, `length ${Math.hypot(...vector)}`);
  }
}

/** The least of the cosines, vector by vector. */
function leastCosine(vectors: Float32Array[], expected: Float32Array[]): number {
  assert.equal(vectors.length, expected.length);
  return Math.min(...vectors.map((vector, i) => dotProduct(vector, expected[i] ?? new Float32Array())));
}

for (const model of models) {
  test(`${model}: the vectors of all texts are Python's, cosine 0.99999 or better`, async (t) => {
    const clip = await openModel(t, model);
    // Python takes a text of nothing, which is refused here.
    const isText = (_: unknown, i: number) => reference.texts[i]?.trim() !== '';
    const texts = reference.texts.filter(isText);
    const vectors = await clip.embedTexts(texts);
    assertUnitVectors(vectors, texts.length, clip.dimension);
    const least = leastCosine(vectors, pythonVectors(model, 'texts').filter(isText));
    assert.ok(least >= 0.99999, `cosine ${least}`);
    // Texts that are alike to every vector would prove nothing.
    const [cat, dogs] = [vectors[0], vectors[3]];
    assert.ok(cat && dogs && dotProduct(cat, dogs) < 0.99);
  });

  test(`${model}: the vectors of given pixels are Python's, cosine 0.99999 or better, whatever else is in the batch`, async (t) => {
    const clip = await openModel(t, model);
    const pixels = madeUpPixels(5, clip.input.crop);
    const vectors = await clip.embedPixels(pixels);
    assertUnitVectors(vectors, 5, clip.dimension);
    const least = leastCosine(vectors, pythonVectors(model, 'madeUpPixels'));
    assert.ok(least >= 0.99999, `cosine ${least}`);
    for (const [i, alone] of pixels.entries()) assert.deepEqual(await clip.embedPixels([alone]), [vectors[i]]);
  });

  test(`${model}: from file to vector as in Python, cosine 0.995 or better`, async (t) => {
    const clip = await openModel(t, model);
    const pixels = await Promise.all(
      reference.vectors.pictures.map((name) => readPixels(path.join(fixtures, 'pictures', name), clip.input)),
    );
    const least = leastCosine(await clip.embedPixels(pixels), pythonVectors(model, 'pictures'));
    // Random weights make much of a pixel's rounding; trained ones do not.
    assert.ok(least >= 0.995, `cosine ${least}`);
  });
}

for (const dtype of ['fp32', 'q8']) {
  test(`${dtype}: the vector of a photo or a text does not depend on the others in its batch`, async (t) => {
    const clip = await openModel(t, 'tiny32', dtype);
    const [pixels, texts] = [madeUpPixels(5, clip.input.crop), ['a cat', 'a photo of a small dog', 'x '.repeat(100)]];
    const [photos, words] = [await clip.embedPixels(pixels), await clip.embedTexts(texts)];
    for (const [i, alone] of pixels.entries()) assert.deepEqual(await clip.embedPixels([alone]), [photos[i]]);
    for (const [i, text] of texts.entries()) assert.deepEqual(await clip.embedText(text), words[i]);
    assert.deepEqual([await clip.embedPixels([]), await clip.embedTexts([])], [[], []]);
  });
}

test('each tower can have a precision of its own', async (t) => {
  const [fp32, q8, both] = await Promise.all(
    ['fp32', 'q8', 'text=fp32,vision=q8'].map((dtype) => openModel(t, 'tiny32', dtype)),
  );
  assert.ok(fp32 && q8 && both);
  const pixels = madeUpPixels(1, fp32.input.crop);
  assert.deepEqual(await both.embedText('a cat'), await fp32.embedText('a cat'));
  assert.deepEqual(await both.embedPixels(pixels), await q8.embedPixels(pixels));
  assert.notDeepEqual(await both.embedPixels(pixels), await fp32.embedPixels(pixels));
});

for (const vocabulary of ['clip', ...models] as const) {
  test(`all texts have the token ids of Python, with the vocabulary of ${vocabulary}`, async (t) => {
    const isReal = vocabulary === 'clip';
    const tokenizer = isReal ? await realTokenizer(t) : await openTokenizer(path.join(fixtures, vocabulary));
    assert.ok(reference.texts.length >= 200, `only ${reference.texts.length} texts`);
    const ids = reference.texts.map((text) => tokenIds(tokenizer, text, vocabulary === 'tiny96' ? 64 : 77));
    assert.deepEqual(ids, reference.ids[vocabulary]);
  });
}

test('with the real vocabulary, a text of 77 tokens is read to its end, and of a longer one the rest is named', async (t) => {
  const tokenizer = await realTokenizer(t);
  const unread = (text: string) => unreadWords(tokenizer, text, 77);
  // Each is one token; start and end token take two of the 77.
  assert.equal(unread('cat '.repeat(75)), '');
  assert.equal(unread(`${'cat '.repeat(75)}dog`), 'dog');
  assert.equal(unread(`${'cat '.repeat(74)}dog bird  fish`), 'bird  fish');
  assert.equal(unread(''), '');
});

test('a word that is read in part only counts as not read, and Chinese is cut between its words', async (t) => {
  const tokenizer = await realTokenizer(t);
  const long = 'pneumonoultramicroscopicsilicovolcanoconiosis';
  assert.equal(unreadWords(tokenizer, `${'cat '.repeat(72)}${long} dog`, 77), `${long} dog`);

  const chinese = '红色的花在湖边'.repeat(20);
  const rest = unreadWords(tokenizer, chinese, 77);
  assert.ok(rest !== '' && rest.length < chinese.length && chinese.endsWith(rest));
  const read = chinese.slice(0, chinese.length - rest.length);
  assert.ok(tokenIds(tokenizer, read, Infinity).length <= 77);
});

test('the limit is the model’s own', async (t) => {
  const notices: string[] = [];
  const notice = (sentence: string) => notices.push(sentence);
  const text = 'a '.repeat(70) + 'lighthouse';
  await (await openModel(t, 'tiny96')).embedText(text, { notice });
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /^The model reads at most 64 tokens .*Not read: "a a .*lighthouse"\.$/);
  await (await openModel(t, 'tiny96')).embedTexts(['short', text], { notice });
  assert.equal(notices.length, 2);
});

test('the notice of a text that is too long comes each time, where texts are remembered too; on the console where none is given', async (t) => {
  const { mock } = t.mock.method(console, 'warn', () => undefined);
  const clip = await openModel(t, 'tiny96');
  for (const one of [clip, rememberTexts(clip)]) {
    for (const calls of [1, 2]) {
      await one.embedText('a '.repeat(70));
      assert.equal(mock.callCount(), calls);
    }
    mock.resetCalls();
  }
});

test('a very long rest is quoted by its beginning and its length, in one line', () => {
  const sentence = unreadWordsNotice('word\n'.repeat(400), 77);
  assert.ok(sentence.length < 400 && !sentence.includes('\n'));
  assert.match(sentence, /word word .*…" \(2,000 characters\)\.$/);
});
