// The built-in model as committed: the workshop must make of it what Python made of the same files.
// reference.json holds Python's answers; models/pocket-clip/make/reference.py wrote it.
import { preprocessingVersion } from '../lib/index-model';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { AutoTokenizer, type PreTrainedTokenizer } from '@xenova/transformers';
import { loadClip, type Clip } from '../lib/clip';
import { tokenIds } from '../lib/tokens';
import { dotProduct } from '../lib/vectors';
import { readPixels } from '../lib/pixels';

interface Reference {
  texts: { text: string; ids: number[]; cosines: Record<string, number> }[];
}

const root = path.resolve(__dirname, '..');
const folder = path.join(root, 'models', 'pocket-clip');
const reference = JSON.parse(readFileSync(path.join(folder, 'make', 'reference.json'), 'utf8')) as Reference;

let clip: Clip;
let tokenizer: PreTrainedTokenizer;

before(async () => {
  const identity = { model: folder, revision: '', dtype: 'q8', dimension: 512, preprocessing: preprocessingVersion };
  clip = await loadClip({ folder, identity });
  tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
});
after(() => clip.dispose());

async function photoVector(name: string): Promise<Float32Array> {
  const [vector] = await clip.embedPixels([await readPixels(path.join(root, 'photos', name), clip.input)]);
  assert.ok(vector);
  return vector;
}

async function spread(text: string): Promise<number> {
  const vector = await clip.embedText(text);
  const cosines = await Promise.all(
    Object.keys(reference.texts[0]?.cosines ?? {}).map(async (name) => dotProduct(vector, await photoVector(name))),
  );
  return Math.max(...cosines) - Math.min(...cosines);
}

test('token ids equal those of the Python tokenizer, phrases are one token', () => {
  for (const { text, ids } of reference.texts) {
    assert.deepEqual(tokenIds(tokenizer, text, 77), ids, `ids of ${JSON.stringify(text)}`);
  }
});

test('cosines of texts and photos are those that Python finds, to 0.02', async () => {
  for (const { text, cosines } of reference.texts) {
    if (text === '') continue; // refused here
    const vector = await clip.embedText(text);
    for (const [name, expected] of Object.entries(cosines)) {
      const cosine = dotProduct(vector, await photoVector(name));
      assert.ok(Math.abs(cosine - expected) < 0.02, `"${text}", ${name}: ${cosine}, ${expected}`);
    }
  }
});

test('unknown words, other scripts and punctuation have cosine 0 with every photo', async () => {
  for (const text of ['zzyzx', 'florbish frump', 'моя', '!!!']) {
    assert.ok((await spread(text)) < 1e-6, `"${text}" says something about photos`);
  }
  assert.ok((await spread('a dog')) > 0.05);
});

test('other spellings and plurals mean the same', async () => {
  for (const [one, other] of [
    ['a grey cat', 'a gray cat'],
    ['ladybird', 'ladybugs'],
    ['ice cream', 'Ice-Cream'],
    ['a photo of mountains', 'mountains'],
  ] as const) {
    const cosine = dotProduct(await clip.embedText(one), await clip.embedText(other));
    assert.ok(cosine > 0.95, `"${one}", "${other}": ${cosine}`);
  }
});

test('a text with an unknown word has lower cosines than the same without', async () => {
  const photo = await photoVector('golden-retriever.jpg');
  const dog = dotProduct(await clip.embedText('a dog'), photo);
  const unsure = dotProduct(await clip.embedText('a dog zzyzx'), photo);
  assert.ok(unsure < dog);
});

test('the model is 15 MB at most', () => {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && !path.relative(folder, entry.parentPath).startsWith('make'),
  );
  const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
  assert.ok(bytes > 10e6 && bytes <= 15e6, `${bytes} bytes`);
});
