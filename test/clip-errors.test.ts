import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadClip, type Clip } from '../lib/clip';
import { adviseOnErrors, PhotoSearchError } from '../lib/errors';
import { normalise } from '../lib/vectors';
import { preprocessingVersion } from '../lib/index-model';
import { advice } from '../workshop/advice';
import { fixtures, openModel } from './support/clip-fixtures';
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
  ['divides by nothing', preprocessor({ image_std: [1, 0, 1] }), /image_std/],
];
for (const [what, damage, ...patterns] of damages) {
  test(`a model that ${what} is told in one sentence`, async (t) => {
    await assertExplains(load(t, damage), ...patterns);
  });
}

test('a precision that the model does not come in, or that there is none of, is told', async (t) => {
  const loadAs = (dtype: string) => load(t, undefined, { dtype });
  await assertExplains(loadAs('fp16'), /fp16/, /text_model_fp16\.onnx is missing/);
  await assertExplains(loadAs('q9'), /'q9' is not known/, /fp32, fp16, q8/);
  await assertExplains(loadAs('text=fp32'), /'text=fp32' is not known/);
});

test('weights that are whole and all the same can’t be run are named at the first text, with what to do', async (t) => {
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

test('vectors of another length than expected are told, not passed on', async (t) => {
  const clip = await load(t, undefined, { dimension: 512 });
  t.after(() => clip.dispose());
  await assertExplains(clip.embedText('a cat'), /24 numbers instead of 512/);
});

test('a vector of NaN or zeros is an error that says which', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const pixels = new Float32Array(3 * 224 * 224);
  await assertExplains(clip.embedPixels([pixels, pixels.map(() => NaN)]), /photo 2 of 2/, /NaN/);
  assert.throws(() => normalise(new Float32Array(8), 'It'), /It is all zeros/);
  assert.throws(() => normalise(Float32Array.of(1, Infinity)), /infinity/);
});

test('a model can be closed, closed again, and is read again when used after that', async (t) => {
  const clip = await load(t);
  const before = await clip.embedText('a cat');
  await clip.dispose();
  await clip.dispose();
  assert.deepEqual(await clip.embedText('a cat'), before);
  await clip.dispose();
});
