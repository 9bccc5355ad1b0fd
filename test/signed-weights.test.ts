import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { CLIPVisionModelWithProjection, Tensor } from '@xenova/transformers';
import { makeWeightsSigned } from '../clip-model/signed-weights';
import { fixtures, madeUpPixels } from './support/clip-fixtures';
import { temporaryFolder } from './support/temporary-folder';

const file = path.join(fixtures, 'tiny32', 'onnx', 'vision_model_quantized.onnx');

async function vectors(folder: string): Promise<Float32Array> {
  const model = await CLIPVisionModelWithProjection.from_pretrained(folder, {
    dtype: 'q8',
    local_files_only: true,
  });
  const pixels = madeUpPixels(3, { width: 224, height: 224 });
  const values = Float32Array.from(pixels.flatMap((photo) => [...photo]));
  const inputs = { pixel_values: new Tensor('float32', values, [3, 3, 224, 224]) };
  const { image_embeds: output } = (await model(inputs)) as { image_embeds: Tensor };
  await model.dispose();
  return output.data as Float32Array;
}

test('a quantised model gives the same vectors to the last bit when its weights are made signed', async (t) => {
  const copy = path.join(temporaryFolder(t), 'model');
  await cp(path.join(fixtures, 'tiny32'), copy, { recursive: true });
  const original = await readFile(file);
  const signed = Buffer.from(original);
  assert.equal(makeWeightsSigned(signed), true);
  assert.equal(signed.length, original.length);
  assert.notDeepEqual(signed, original);
  await writeFile(path.join(copy, 'onnx', 'vision_model_quantized.onnx'), signed);
  assert.deepEqual(await vectors(copy), await vectors(path.join(fixtures, 'tiny32')));
});

test('weights that are signed already, or not quantised, are left as they are; a file that is cut off is refused', async () => {
  const signed = await readFile(file);
  makeWeightsSigned(signed);
  const read = (name: string) => readFile(path.join(path.dirname(file), name));
  for (const model of [signed, await read('text_model_quantized.onnx'), await read('vision_model.onnx')]) {
    const before = Buffer.from(model);
    assert.equal(makeWeightsSigned(model), false);
    assert.deepEqual(model, before);
  }
  assert.throws(() => makeWeightsSigned(signed.subarray(0, 50_000)), RangeError);
  assert.throws(() => makeWeightsSigned(Buffer.from('no model at all')), RangeError);
});
