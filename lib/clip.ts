import { existsSync } from 'node:fs';
import path from 'node:path';
import { cat, Tensor } from '@xenova/transformers';
import { PhotoSearchError } from './errors';
import type { ClipFiles } from './model/clip-files';
import { type ClipInput, readClipInput } from './model/clip-input';
import { readModelConfig, towerDtypes, weightsFile } from './model/model-config';
import { embedTokens, openTower } from './model/open-tower';
import { openTokenizer, tokenIds, unreadWords, unreadWordsNotice } from './model/token-ids';
import type { ModelIdentity } from './model/model-identity';
import type { Pixels } from './pixels';
import { normalise, readableVector } from './vectors';

/** A CLIP: its two towers turn texts and photos into vectors of one space, where near means alike. */
export interface Clip {
  identity: ModelIdentity;
  /** Length of the vectors. */
  dimension: number;
  /** How photos are prepared for it, for `readPixels`. */
  input: ClipInput;
  /**
   * @returns [dimension], of length 1
   * @throws PhotoSearchError if the text is empty
   */
  embedText(text: string, options?: EmbedTextOptions): Promise<Float32Array>;
  /** @returns [texts, dimension], each the same as `embedText` gives */
  embedTexts(texts: string[], options?: EmbedTextOptions): Promise<Float32Array[]>;
  /** @returns [batch, dimension], each of length 1 */
  embedPixels(batch: Pixels[]): Promise<Float32Array[]>;
  /** Frees the memory that the weights take. */
  dispose(): Promise<void>;
}

export interface EmbedTextOptions {
  /**
   * Receives a sentence for the user if the text is too long for the model, with the words that are left out.
   * @default a warning on the console
   */
  notice?: ((sentence: string) => void) | undefined;
}

/**
 * Opens a CLIP from files on this machine, without downloading anything. A tower's weights are read when it is first
 * used: searching by text never loads the larger vision tower.
 *
 * On Linux a process started with `MALLOC_TRIM_THRESHOLD_=131072` in its environment needs 0.3 GB less for the same
 * work (606 MB instead of 951 for 500 photos in fp32); otherwise the C library keeps the memory used for reading
 * the weights.
 *
 * @throws PhotoSearchError if the folder does not hold a whole CLIP with both towers
 */
export async function loadClip({ folder, identity, readVisionWeights }: ClipFiles): Promise<Clip> {
  const dtypes = towerDtypes(identity.dtype);
  const { maxTokens } = await readModelConfig(folder);
  for (const tower of ['text', 'vision'] as const) {
    const file = weightsFile(tower, dtypes[tower]);
    if (existsSync(path.join(folder, file))) continue;
    throw new PhotoSearchError(
      `The model in ${folder} has no ${tower} tower for ${dtypes[tower]}: ${file} is missing.`,
      { code: 'model-unusable' },
    );
  }
  const input = await readClipInput(folder);
  const tokenizer = await openTokenizer(folder);
  const textTower = openTower(folder, 'text', dtypes.text);
  const visionTower = openTower(folder, 'vision', dtypes.vision, readVisionWeights);
  const { dimension } = identity;
  const { width, height } = input.crop;

  // One text at a time. Padding texts to one length would change the last digits of their vectors, and a quantised
  // model scales its numbers over the whole batch: a text's vector would depend on its neighbours.
  async function embedText(text: string, { notice = console.warn }: EmbedTextOptions = {}): Promise<Float32Array> {
    if (text.trim() === '') throw new PhotoSearchError('The text is empty: write what you are looking for.');
    // Some ONNX files take fewer tokens than the configuration says.
    const most = Math.min(maxTokens, (await textTower.fixedLength('input_ids')) ?? Infinity);
    const unread = unreadWords(tokenizer, text, most);
    if (unread !== '') notice(unreadWordsNotice(unread, most));
    const ids = tokenIds(tokenizer, text, most);
    return unitVector(await embedTokens(textTower, ids, tokenizer.pad_token_id), `"${text}"`);
  }

  async function embedTexts(texts: string[], options?: EmbedTextOptions): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (const text of texts) vectors.push(await embedText(text, options));
    return vectors;
  }

  // A quantised tower scales its numbers over all photos of a run. It therefore takes one at a time: a photo's vector must
  // be the same whether it is encoded with others or alone, as when an upload goes on where it was interrupted.
  const photosPerRun = dtypes.vision === 'q8' ? 1 : Infinity;

  async function embedPixels(batch: Pixels[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < batch.length; start += photosPerRun) {
      const photos = batch.slice(start, start + photosPerRun);
      const tensors = photos.map((pixels) => new Tensor('float32', pixels, [1, 3, height, width]));
      const found = await visionTower.run({ pixel_values: cat(tensors) });
      vectors.push(...photos.map((_, i) => unitVector(found[i], `photo ${start + i + 1} of ${batch.length}`)));
    }
    return vectors;
  }

  function unitVector(vector: Float32Array | undefined, ofWhat: string): Float32Array {
    if (vector?.length === dimension) {
      return readableVector(normalise(vector, `The vector of ${ofWhat}`));
    }
    throw new PhotoSearchError(
      `${identity.model} gives vectors of ${vector?.length ?? 0} numbers instead of ${dimension}.`,
    );
  }

  async function dispose(): Promise<void> {
    await Promise.all([textTower.dispose(), visionTower.dispose()]);
  }

  return { identity, dimension, input, embedText, embedTexts, embedPixels, dispose };
}
