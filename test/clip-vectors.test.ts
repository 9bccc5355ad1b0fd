import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readPixels } from '../lib/pixels';
import { cosine, fixtures, madeUpPixels, models, openModel, pythonVectors, reference } from './support/clip-fixtures';

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
  return Math.min(...vectors.map((vector, i) => cosine(vector, expected[i] ?? new Float32Array())));
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
    assert.ok(cat && dogs && cosine(cat, dogs) < 0.99);
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
