import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { type ClipInput, readClipInput } from '../lib/clip-config';
import { readPixels } from '../lib/pixels';
import { fixtures, reference } from './support/clip-fixtures';

const root = path.resolve(__dirname, '..');
let input: ClipInput;
let python: Uint8Array;
before(async () => {
  input = await readClipInput(path.join(fixtures, 'tiny32'));
  python = await readFile(path.join(fixtures, 'pixels.bin'));
});

interface Difference {
  /** Of 255. */
  mean: number;
  /** 99 of 100 values differ by no more than this. */
  p99: number;
}

/** How far our pixels are from those that PIL gave, at the places that were written down. */
async function differenceToPil(file: string): Promise<Difference> {
  const { step, length, pictures } = reference.pixels;
  const position = pictures.findIndex((picture) => picture.file === file);
  assert.notEqual(position, -1, `no reference for ${file}`);
  const expected = python.subarray(position * length, (position + 1) * length);
  const pixels = await readPixels(path.join(root, file), input);
  const area = pixels.length / 3;
  const differences = Array.from(expected, (value, i) => {
    const [pixel, colour] = [Math.floor((i * step) / 3), ((i * step) % 3) as 0 | 1 | 2];
    const ours = ((pixels[colour * area + pixel] ?? NaN) * input.std[colour] + input.mean[colour]) * 255;
    return Math.abs(Math.round(ours) - value);
  }).sort((a, b) => a - b);
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / length,
    p99: differences[Math.floor(0.99 * length)] ?? NaN,
  };
}

test('at least 60 photos have the pixels that PIL and openai/CLIP give: mean error 0.25, p99 2 of 255', async () => {
  let compared = 0;
  for (const { file, sha256 } of reference.pixels.pictures) {
    if (!file.startsWith('photos/') || !existsSync(path.join(root, file))) continue;
    const now = createHash('sha256')
      .update(await readFile(path.join(root, file)))
      .digest('hex');
    if (now !== sha256) continue;
    const { mean, p99 } = await differenceToPil(file);
    assert.ok(mean <= 0.25 && p99 <= 2, `${file}: mean ${mean}, p99 ${p99}`);
    compared++;
  }
  assert.ok(compared >= 60, `only ${compared} photos are as they were: run maintain/reference/make_reference.py`);
});

/** Kinds where our choice is not PIL's, or the decoders differ: see docs/exactness.md. */
const knownDifferences: Record<string, Difference> = {
  'black-and-white.png': { mean: 3, p99: 20 },
  'cmyk.jpg': { mean: 20, p99: 60 },
  'grey-transparent.png': { mean: 0.5, p99: 2 },
  'photo.avif': { mean: 1.5, p99: 15 },
  'transparent.png': { mean: 0.5, p99: 2 },
  'transparent.webp': { mean: 0.5, p99: 2 },
};

for (const { file } of reference.pixels.pictures) {
  const name = path.basename(file);
  if (!file.includes('/pictures/')) continue;
  const limit = knownDifferences[name] ?? { mean: 0.25, p99: 2 };
  test(`${name} has PIL's pixels: mean error ${limit.mean}, p99 ${limit.p99} of 255`, async () => {
    const { mean, p99 } = await differenceToPil(file);
    assert.ok(mean <= limit.mean && p99 <= limit.p99, `mean ${mean}, p99 ${p99}`);
  });
}

test('mean, standard deviation, size, crop and interpolation are those of the model', async () => {
  const file = path.join(fixtures, 'pictures', 'rgb.png');
  const plain = await readClipInput(path.join(fixtures, 'tiny96'));
  assert.deepEqual([plain.crop, plain.kernel], [{ width: 96, height: 96 }, 'linear']);
  const pixels = await readPixels(file, plain);
  assert.equal(pixels.length, 3 * 96 * 96);
  assert.ok(pixels.every((value) => value >= 0 && value <= 1));
});
