// What Python says of the same weights, texts and pictures (maintain/reference/make_reference.py wrote it down).
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TestContext } from 'node:test';
import type { PreTrainedTokenizer } from '@xenova/transformers';
import { type Clip, loadClip } from '../../lib/clip';
import { openTokenizer } from '../../lib/model/token-ids';
import { preprocessingVersion } from '../../lib/model/model-identity';
import { temporaryFolder } from './temporary-folder';

export const fixtures = path.resolve(__dirname, '..', 'fixtures', 'encoder');

/** Small CLIPs of random weights: ViT-B/32's shape, an OpenCLIP with patches of 16, and one of another image size. */
export const models = ['tiny32', 'tiny16', 'tiny96'] as const;
type ModelName = (typeof models)[number];

interface Vectors {
  /** Of the photos of odd kinds that were embedded. */
  pictures: string[];
  /** Vectors one after another, in base64. */
  models: Record<ModelName, { dimension: number; texts: string; madeUpPixels: string; pictures: string }>;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(path.join(fixtures, name), 'utf8'));
}

export const reference = {
  ...(readJson('texts.json') as { texts: string[]; ids: Record<ModelName | 'clip', number[][]> }),
  vectors: readJson('vectors.json') as Vectors,
  pixels: readJson('pixels.json') as { step: number; length: number; pictures: { file: string; sha256: string }[] },
};

/** Python's vectors of a model. */
export function pythonVectors(model: ModelName, of: 'texts' | 'madeUpPixels' | 'pictures'): Float32Array[] {
  const { dimension, [of]: base64 } = reference.vectors.models[model];
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const count = bytes.length / 4 / dimension;
  return Array.from({ length: count }, (_, i) => new Float32Array(bytes.buffer, i * 4 * dimension, dimension));
}

/** One of the small models, closed after the test. */
export async function openModel(t: TestContext, model: ModelName, dtype = 'fp32'): Promise<Clip> {
  const { dimension } = reference.vectors.models[model];
  const clip = await loadClip({
    folder: path.join(fixtures, model),
    identity: { model, revision: 'test', dtype, preprocessing: preprocessingVersion, dimension },
  });
  t.after(() => clip.dispose());
  return clip;
}

/** The pixels that `made_up_pixels` makes in Python, to the last bit. */
export function madeUpPixels(count: number, { width, height }: Clip['input']['crop']): Float32Array[] {
  const length = 3 * width * height;
  return Array.from({ length: count }, (_, photo) =>
    Float32Array.from({ length }, (_, i) => (((photo * length + i) * 7919) % 10007) / 2500 - 2),
  );
}

/** The tokenizer of the real CLIPs, with all of OpenAI's vocabulary. */
export async function realTokenizer(t: TestContext): Promise<PreTrainedTokenizer> {
  const tokenizer = readJson('tiny32/tokenizer.json') as {
    added_tokens: { id: number; normalized: boolean }[];
    post_processor: { cls: [string, number]; sep: [string, number] };
    model: { vocab: Record<string, number>; merges: string[] };
  };
  const merges = gunzipSync(readFileSync(path.join(fixtures, 'merges.txt.gz')))
    .toString()
    .split('\n');
  // The 256 bytes, within a word and at its end, come first in every CLIP's vocabulary.
  const bytes = Object.entries(tokenizer.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .slice(0, 512)
    .map(([token]) => token);
  const { cls, sep } = tokenizer.post_processor;
  const tokens = [...bytes, ...merges.map((pair) => pair.replace(' ', '')), cls[0], sep[0]];
  tokenizer.model = { ...tokenizer.model, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
  [cls[1], sep[1]] = [tokens.length - 2, tokens.length - 1];
  // As in Xenova/clip-vit-base-patch32.
  tokenizer.added_tokens.forEach((token, i) => {
    token.id = tokens.length - 2 + i;
    token.normalized = i === 0;
  });

  const folder = path.join(temporaryFolder(t), 'clip');
  await mkdir(folder);
  await writeFile(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const config = 'tokenizer_config.json';
  await copyFile(path.join(fixtures, 'tiny32', config), path.join(folder, config));
  return openTokenizer(folder);
}
