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

interface Damage {
  dtype?: string;
  dimension?: number;
  /** Changes the files of a copy of the model. */
  damage?: (folder: string) => Promise<void>;
}

async function load(t: TestContext, { dtype = 'fp32', dimension = 24, damage }: Damage): Promise<Clip> {
  const folder = path.join(temporaryFolder(t), 'model');
  await cp(path.join(fixtures, 'tiny32'), folder, { recursive: true });
  await damage?.(folder);
  const identity = {
    model: 'm',
    revision: 'r',
    dtype,
    preprocessing: preprocessingVersion,
    dimension,
  };
  return loadClip({ folder, identity });
}

async function setJson(file: string, values: Record<string, unknown>): Promise<void> {
  const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...json, ...values }));
}

async function assertExplains(work: Promise<unknown>, ...patterns: RegExp[]): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof PhotoSearchError, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test('a model that is not a CLIP is told in one sentence', async (t) => {
  const damage = (folder: string) => setJson(path.join(folder, 'config.json'), { model_type: 'bert' });
  await assertExplains(load(t, { damage }), /not a CLIP/, /bert/, /CLIP_MODEL/);
});

for (const tower of ['text', 'vision']) {
  test(`a model without a ${tower} tower is told in one sentence`, async (t) => {
    const damage = (folder: string) => rm(path.join(folder, `onnx/${tower}_model.onnx`));
    const expected = new RegExp(`no ${tower} tower`);
    await assertExplains(load(t, { damage }), expected, /CLIP_MODEL.*CLIP_DTYPE/);
  });
}

test('a precision that the model does not come in, or that there is none of, is told', async (t) => {
  await assertExplains(load(t, { dtype: 'fp16' }), /fp16/, /text_model_fp16\.onnx is missing/);
  await assertExplains(load(t, { dtype: 'q9' }), /'q9' is not known/, /fp32, fp16, q8/);
  await assertExplains(load(t, { dtype: 'text=fp32' }), /'text=fp32' is not known/);
});

test('missing, damaged and unusable configuration files are named', async (t) => {
  const lose = (name: string) => (folder: string) => rm(path.join(folder, name));
  await assertExplains(load(t, { damage: lose('config.json') }), /config\.json/);
  await assertExplains(load(t, { damage: lose('preprocessor_config.json') }), /preprocessor_config/);
  await assertExplains(load(t, { damage: lose('tokenizer.json') }), /tokenizer\.json/);
  const odd = (values: Record<string, unknown>) => (folder: string) =>
    setJson(path.join(folder, 'preprocessor_config.json'), values);
  await assertExplains(load(t, { damage: odd({ resample: 77 }) }), /resample: 77/);
  await assertExplains(load(t, { damage: odd({ size: { longest_edge: 5 } }) }), /size/);
  await assertExplains(load(t, { damage: odd({ image_std: [1, 0, 1] }) }), /image_std/);
});

test('weights that are whole and all the same can’t be run are named at the first text, with what to do', async (t) => {
  // Another operator's name of the same length.
  const damage = async (folder: string) => {
    const file = path.join(folder, 'onnx/text_model.onnx');
    const bytes = await readFile(file);
    bytes.write('NoSuch', bytes.indexOf('MatMul'));
    await writeFile(file, bytes);
  };
  const clip = await load(t, { damage });
  await assertExplains(clip.embedText('a cat'), /text_model\.onnx can't be loaded/, /fetched again/);
});

test('vectors of another length than expected are told, not passed on', async (t) => {
  const clip = await load(t, { dimension: 512 });
  t.after(() => clip.dispose());
  await assertExplains(clip.embedText('a cat'), /24 numbers where 512/);
});

test('a vector of NaN or zeros is an error that says which', async (t) => {
  const clip = await openModel(t, 'tiny32');
  const pixels = new Float32Array(3 * 224 * 224);
  await assertExplains(clip.embedPixels([pixels, pixels.map(() => NaN)]), /photo 2 of 2/, /NaN/);
  assert.throws(() => normalise(new Float32Array(8), 'It'), /It is all zeros/);
  assert.throws(() => normalise(Float32Array.of(1, Infinity)), /infinity/);
});

test('a model can be closed, closed again, and is read again when used after that', async (t) => {
  const clip = await load(t, {});
  const before = await clip.embedText('a cat');
  await clip.dispose();
  await clip.dispose();
  assert.deepEqual(await clip.embedText('a cat'), before);
  await clip.dispose();
});
