// The part of the built-in model that sees colour, as committed: transformers.js must make of it what PyTorch made of the weights it was exported from.
// reference.json holds PyTorch's answers; models/pocket-clip/colour/train/reference.py wrote it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import {
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  Tensor,
} from '@xenova/transformers';
import sharp from 'sharp';

interface Reference {
  texts: { text: string; ids: number[]; vector: number[] }[];
  pictures: { gradient: [number[], number[]]; vector: number[] }[];
}

const models = path.resolve(__dirname, '..', 'models', 'pocket-clip');
const folder = path.join(models, 'colour');
/** A text whose cosines with many photos are spread less than this has no word that it was taught. */
const unknownWordsSd = 0.03;
const taught = [
  'red flowers',
  'green grass',
  'something purple',
  'a dark night',
  'blue at the top, yellow at the bottom',
  'black and white',
  'orange and yellow',
  'colourful',
];
const reference = JSON.parse(readFileSync(path.join(folder, 'train', 'reference.json'), 'utf8')) as Reference;
const photosFolder = path.resolve(__dirname, '..', 'photos');
const size = 224;
const mean = [0.48145466, 0.4578275, 0.40821073];
const std = [0.26862954, 0.26130258, 0.27577711];

let tokenizer: (texts: string[], options: object) => { input_ids: Tensor; attention_mask: Tensor };
let textTower: (inputs: object) => Promise<{ text_embeds: Tensor }>;
let visionTower: (inputs: object) => Promise<{ image_embeds: Tensor }>;

before(async () => {
  env.localModelPath = models;
  env.allowRemoteModels = false;
  tokenizer = await AutoTokenizer.from_pretrained('colour');
  textTower = await CLIPTextModelWithProjection.from_pretrained('colour', { dtype: 'q8' });
  visionTower = await CLIPVisionModelWithProjection.from_pretrained('colour', { dtype: 'q8' });
});

test('token ids equal those of the Python tokenizer', () => {
  for (const { text, ids } of reference.texts) {
    if (ids.length === 77) continue; // cut by Python, which keeps the end token; transformers.js drops it (lib mends that)
    assert.deepEqual(tokenIds(text), ids, `ids of ${JSON.stringify(text)}`);
  }
});

test('text vectors point where PyTorch says, cosine 0.999 or better', async () => {
  for (const { text, ids, vector } of reference.texts) {
    const input_ids = new Tensor('int64', BigInt64Array.from(ids.map(BigInt)), [1, ids.length]);
    const attention_mask = new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
    const { text_embeds } = await textTower({ input_ids, attention_mask });
    assertSameDirection(text_embeds, vector, JSON.stringify(text));
  }
});

test('picture vectors point where PyTorch says, cosine 0.999 or better', async () => {
  for (const { gradient, vector } of reference.pictures) {
    const pixel_values = new Tensor('float32', gradientPixels(...gradient), [1, 3, size, size]);
    const { image_embeds } = await visionTower({ pixel_values });
    assertSameDirection(image_embeds, vector, JSON.stringify(gradient));
  }
});

test('over the photos of the workshop, each example query is spread beyond unknownWordsSd and unknown words stay below', async () => {
  const photos = readdirSync(photosFolder).filter((file) => file.endsWith('.jpg'));
  assert.ok(photos.length >= 20);
  const vectors: number[][] = [];
  for (const photo of photos) {
    const pixel_values = new Tensor('float32', await photoPixels(path.join(photosFolder, photo)), [1, 3, size, size]);
    vectors.push(numbers((await visionTower({ pixel_values })).image_embeds));
  }
  const spread = async (text: string) => {
    const query = numbers((await textTower(tokenizer([text], { padding: true, truncation: true }))).text_embeds);
    const cosines = vectors.map((vector) => cosine(query, vector));
    const average = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
    return Math.sqrt(cosines.reduce((sum, value) => sum + (value - average) ** 2, 0) / cosines.length);
  };
  for (const query of taught) {
    const sd = await spread(query);
    assert.ok(sd > 2 * unknownWordsSd, `"${query}" is spread only ${sd.toFixed(3)}`);
  }
  for (const query of ['dog', 'a wedding', 'bureaucracy', 'qzxv', 'my grandmother plays chess']) {
    const sd = await spread(query);
    assert.ok(sd < unknownWordsSd, `"${query}" is spread ${sd.toFixed(3)}`);
  }
});

function tokenIds(text: string): number[] {
  return numbers(tokenizer([text], { padding: true, truncation: true }).input_ids);
}

function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array | BigInt64Array, Number);
}

/** From one sRGB colour at the top left to another at the bottom right, normalised: [3, size, size] flat. */
function gradientPixels(first: number[], last: number[]): Float32Array {
  const pixels = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++) {
    const [a = 0, b = 0, m = 0, s = 1] = [first[channel], last[channel], mean[channel], std[channel]];
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const share = (x + y) / (2 * (size - 1));
        pixels[(channel * size + y) * size + x] = ((a * (1 - share) + b * share) / 255 - m) / s;
      }
    }
  }
  return pixels;
}

/** The middle square of a photo as the model sees it: [3, size, size] flat. */
async function photoPixels(file: string): Promise<Float32Array> {
  const resized = sharp(file).resize(size, size, { fit: 'cover', kernel: 'cubic' });
  const bytes = await resized.toColourspace('srgb').removeAlpha().raw().toBuffer();
  const plane = size * size;
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const channel = Math.floor(i / plane);
    return ((bytes[(i % plane) * 3 + channel] ?? NaN) / 255 - (mean[channel] ?? NaN)) / (std[channel] ?? NaN);
  });
}

function cosine(a: number[], b: number[]): number {
  const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * (v[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function assertSameDirection(tensor: Tensor, expected: number[], what: string): void {
  const found = cosine(numbers(tensor), expected);
  assert.ok(found >= 0.999, `cosine to PyTorch's vector is ${found.toFixed(5)} for ${what}`);
}
