// The built-in model as committed, and the part of it that sees colour: the workshop must make of them what Python made of
// the same files, and of the weights. The two reference.json hold Python's answers; models/pocket-clip/make/reference.py
// and models/pocket-clip/colour/train/reference.py wrote them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { AutoTokenizer } from '@xenova/transformers';
import { folderIdentity } from '../clip-model/folder-identity';
import { cosineSpread } from '../further/judging/background';
import { type Clip, embedPhotos, findPhotos, loadClip } from '../lib/index';
import { tokenIds } from '../lib/model/token-ids';
import { dotProduct } from '../further/dot-product';
import { normalise } from '../lib/vectors';
import { repositoryRoot } from '../workshop/settings';

interface Reference {
  texts: { text: string; ids: number[]; cosines: Record<string, number> }[];
}

interface ColourReference {
  texts: { text: string; ids: number[]; vector: number[] }[];
  pictures: { gradient: [number[], number[]]; vector: number[] }[];
}

const folder = path.join(repositoryRoot, 'models', 'pocket-clip');
const colourFolder = path.join(folder, 'colour');
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const reference = read(path.join(folder, 'make', 'reference.json')) as Reference;
const colourReference = read(path.join(colourFolder, 'train', 'reference.json')) as ColourReference;
let clip: Clip;
let colour: Clip;
/** Of the workshop's photos, by their names. */
let vectors: Map<string, Float32Array>;

before(async () => {
  clip = await loadClip({ folder, identity: await folderIdentity(folder) });
  colour = await loadClip({ folder: colourFolder, identity: await folderIdentity(colourFolder) });
  vectors = await photoVectors(clip);
});
after(() => Promise.all([clip.dispose(), colour.dispose()]));

async function photoVectors(by: Clip): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for await (const embedded of embedPhotos(by, (await findPhotos(path.join(repositoryRoot, 'photos'))).photos)) {
    assert.ok('vector' in embedded);
    found.set(embedded.photo.name, embedded.vector);
  }
  return found;
}

test('token ids equal those of the Python tokenizers, phrases are one token', async () => {
  for (const [model, { texts }] of [
    [folder, reference],
    [colourFolder, colourReference],
  ] as const) {
    const tokenizer = await AutoTokenizer.from_pretrained(model, { local_files_only: true });
    for (const { text, ids } of texts) assert.deepEqual(tokenIds(tokenizer, text, 77), ids, text);
  }
});

test('cosines of texts and photos are those that Python finds, to 0.02', async () => {
  for (const { text, cosines } of reference.texts) {
    if (text === '') continue; // refused here
    const vector = await clip.embedText(text);
    for (const [name, expected] of Object.entries(cosines)) {
      const cosine = dotProduct(vector, vectors.get(name) ?? []);
      assert.ok(Math.abs(cosine - expected) < 0.02, `"${text}", ${name}: ${cosine}, ${expected}`);
    }
  }
});

test('unknown words, other scripts and punctuation have cosine 0 with every photo', async () => {
  const most = async (text: string) => {
    const vector = await clip.embedText(text);
    return Math.max(...[...vectors.values()].map((photo) => Math.abs(dotProduct(vector, photo))));
  };
  for (const text of ['zzyzx', 'florbish frump', 'моя', '!!!']) assert.ok((await most(text)) < 1e-6, text);
  assert.ok((await most('a dog')) > 0.05);
});

test('other spellings and plurals mean the same; a text with an unknown word has lower cosines than the same without', async () => {
  for (const [one, other] of [
    ['a grey cat', 'a gray cat'],
    ['ladybird', 'ladybugs'],
    ['ice cream', 'Ice-Cream'],
    ['a photo of mountains', 'mountains'],
    ['puppies', 'a puppy'],
    ['ponies', 'a pony'],
    ['cherries', 'a cherry'],
    ['butterflies', 'a butterfly'],
    ['knives', 'a knife'],
  ] as const) {
    const cosine = dotProduct(await clip.embedText(one), await clip.embedText(other));
    assert.ok(cosine > 0.95, `"${one}", "${other}": ${cosine}`);
  }
  const photo = vectors.get('golden-retriever.jpg') ?? [];
  const [dog, unsure] = [await clip.embedText('a dog'), await clip.embedText('a dog zzyzx')];
  assert.ok(dotProduct(unsure, photo) < dotProduct(dog, photo));
});

test('a photo of a golden retriever looks like that class of classes.int8 more than like the 999 others', () => {
  const things = vectors.get('golden-retriever.jpg')?.subarray(0, 256) ?? [];
  const classes = new Int8Array(readFileSync(path.join(folder, 'classes.int8')));
  const likeness = Array.from({ length: 1000 }, (_, k) => {
    const direction = classes.subarray(256 * k, 256 * (k + 1));
    return dotProduct(direction, things) / Math.sqrt(dotProduct(direction, direction));
  });
  assert.equal(likeness.indexOf(Math.max(...likeness)), 207);
});

test('the model is 15 MB at most', () => {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && !path.relative(folder, entry.parentPath).startsWith('make'),
  );
  const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
  assert.ok(bytes > 10e6 && bytes <= 15e6, `${bytes} bytes`);
});

function assertSameDirection(vector: Float32Array | undefined, expected: number[], what: unknown): void {
  const cosine = dotProduct(vector ?? [], normalise(Float32Array.from(expected)));
  assert.ok(cosine >= 0.999, `cosine to PyTorch's vector is ${cosine.toFixed(5)} for ${JSON.stringify(what)}`);
}

test('the colour model’s text vectors point where PyTorch says, cosine 0.999 or better', async () => {
  for (const { text, vector } of colourReference.texts) {
    if (text === '') continue; // refused here
    assertSameDirection(await colour.embedText(text, { notice: () => undefined }), vector, text);
  }
});

/** From one sRGB colour at the top left to another at the bottom right, as the model sees it: [3, size, size] flat. */
function gradientPixels([first, last]: [number[], number[]]): Float32Array {
  const { mean, std, crop } = colour.input;
  const size = crop.width;
  return Float32Array.from({ length: 3 * size * size }, (_, i) => {
    const channel = Math.floor(i / size / size);
    const share = ((i % size) + (Math.floor(i / size) % size)) / (2 * (size - 1));
    const [a = NaN, b = NaN] = [first[channel], last[channel]];
    return ((a * (1 - share) + b * share) / 255 - (mean[channel] ?? NaN)) / (std[channel] ?? NaN);
  });
}

test('the colour model’s picture vectors point where PyTorch says, cosine 0.999 or better', async () => {
  for (const { gradient, vector } of colourReference.pictures) {
    assertSameDirection((await colour.embedPixels([gradientPixels(gradient)]))[0], vector, gradient);
  }
});

test('over the photos of the workshop, what the colour model was taught is spread twice as wide as any unknown words', async () => {
  const background = [...(await photoVectors(colour)).values()];
  /** A text whose cosines with many photos are spread less than this has no word that it was taught. */
  const unknownWordsSd = 0.03;
  const spread = async (text: string) => cosineSpread(await colour.embedText(text), background).sd;
  const taught = ['red flowers', 'green grass', 'something purple', 'a dark night', 'black and white', 'colourful'];
  for (const text of [...taught, 'blue at the top, yellow at the bottom', 'orange and yellow']) {
    assert.ok((await spread(text)) > 2 * unknownWordsSd, `"${text}" is spread too little`);
  }
  for (const text of ['dog', 'a wedding', 'bureaucracy', 'qzxv', 'my grandmother plays chess']) {
    assert.ok((await spread(text)) < unknownWordsSd, `"${text}" is spread too wide`);
  }
});
