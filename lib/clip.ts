import {
  AutoConfig,
  AutoTokenizer,
  cat,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  type PreTrainedTokenizer,
  Tensor,
} from '@xenova/transformers';
import { InferenceSession } from 'onnxruntime-node';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readClipInput, readModelConfig, towerDtypes, weightsFile } from './clip-config';
import type { ClipFiles, ClipInput, Dtype, ReadWeights, Tower } from './clip-config';
import { PhotoSearchError } from './errors';
import type { ModelIdentity } from './index-model';
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
  // model scales its numbers over the whole batch, so that a text's vector would depend on its neighbours.
  async function embedText(text: string, { notice = console.warn }: EmbedTextOptions = {}): Promise<Float32Array> {
    if (text.trim() === '') throw new PhotoSearchError('The text is empty: write what you are looking for.');
    const unread = unreadWords(tokenizer, text, maxTokens);
    if (unread !== '') notice(unreadWordsNotice(unread, maxTokens));
    const ids = tokenIds(tokenizer, text, maxTokens);
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

/**
 * @throws PhotoSearchError if the model's folder has no tokenizer that can be used
 *
 * @internal
 */
export async function openTokenizer(folder: string): Promise<PreTrainedTokenizer> {
  try {
    return await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  } catch (cause) {
    throw new PhotoSearchError(
      `${path.join(folder, 'tokenizer.json')} or tokenizer_config.json beside it is missing or damaged.`,
      { code: 'model-damaged', cause },
    );
  }
}

/**
 * A text's token ids, the same as those of Python's `CLIPTokenizer`: start token, text, end token.
 *
 * A long text is cut so that the end token stays. The library's own `truncation` cuts it off, and with it what CLIP
 * takes for the meaning of the whole text (cosine 0.2 to 0.5 to the right vector).
 *
 * @param maxTokens length of the model's context, 77 for nearly all CLIPs
 * @returns at most `maxTokens` ids
 * @internal
 */
export function tokenIds(tokenizer: PreTrainedTokenizer, text: string, maxTokens: number): number[] {
  const { input_ids: ids } = tokenizer(asPythonReadsIt(text), { return_tensor: false });
  const end = ids.at(-1);
  return ids.length <= maxTokens || end === undefined ? ids : [...ids.slice(0, maxTokens - 1), end];
}

/**
 * Evens out two differences between this library and Python's: JavaScript lowers a sigma at the end of a word to ς,
 * and a text of nothing but `<|ENDOFTEXT|>` would be taken for that token. Spaces at the end are dropped anyway.
 */
function asPythonReadsIt(text: string): string {
  return `${text.replaceAll('Σ', 'σ')} `;
}

/** Longest quotation in a message, in characters. */
const longestQuotation = 200;

/**
 * The end of a text that the model does not read, since it takes a limited number of tokens: from the first word that
 * is not read whole.
 *
 * @param maxTokens as for `tokenIds`
 * @returns '' if all is read
 * @internal
 */
export function unreadWords(tokenizer: PreTrainedTokenizer, text: string, maxTokens: number): string {
  const isRead = (part: string) => tokenIds(tokenizer, part, Infinity).length <= maxTokens;
  if (isRead(text)) return '';
  const words = Array.from(wordSegmenter.segment(text), ({ segment }) => segment);
  let [read, tooMany] = [0, words.length];
  while (tooMany - read > 1) {
    const middle = Math.floor((read + tooMany) / 2);
    if (isRead(words.slice(0, middle).join(''))) read = middle;
    else tooMany = middle;
  }
  return words.slice(read).join('').trim();
}

// Words of any language: spaces alone would not divide Chinese.
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Says what `unreadWords` has found, for the reader.
 *
 * @internal
 */
export function unreadWordsNotice(unread: string, maxTokens: number): string {
  const line = unread.replace(/\s+/g, ' ');
  const quotation =
    line.length <= longestQuotation
      ? `"${line}"`
      : `"${line.slice(0, longestQuotation)}…" (${line.length.toLocaleString('en')} characters)`;
  return `The model reads at most ${maxTokens} tokens (words and parts of words) of a text. Not read: ${quotation}.`;
}

/**
 * Threads of onnxruntime that wait for work spin for 20 microseconds, then sleep: the processor is needed meanwhile, for
 * decoding photos and for whatever else runs beside this. If they spin as long as they do by default, the model runs at
 * half the speed on a busy machine; if they never spin, a quantised model loses a quarter of its speed on an idle one.
 */
const sessionOptions: InferenceSession.SessionOptions = {
  extra: { session: { intra_op: { spin_duration_us: '20' } } },
};

/**
 * One of a CLIP's two models, with its weights in memory from the first run on.
 *
 * The session is opened here, from the file's path: `from_pretrained` reads the file into memory as well, 0.3 GB more
 * for a CLIP in fp32.
 *
 * @param folder a model's, in transformers.js's layout, absolute
 * @internal
 */
export function openTower(folder: string, tower: Tower, dtype: Dtype, readWeights?: ReadWeights) {
  const file = path.join(folder, weightsFile(tower, dtype));
  const Model = tower === 'text' ? CLIPTextModelWithProjection : CLIPVisionModelWithProjection;

  async function load() {
    const config = await AutoConfig.from_pretrained(folder, { local_files_only: true });
    const weights = (await readWeights?.(file)) ?? file;
    // Its types know one overload at a time.
    const session = await InferenceSession.create(weights as string, sessionOptions);
    return { session, model: new Model(config, { model: Object.assign(session, { config: {} }) }, {}) };
  }

  let loading: ReturnType<typeof load> | undefined;
  async function loaded() {
    loading ??= load();
    try {
      return await loading;
    } catch (cause) {
      loading = undefined;
      const message = `${file} can't be loaded (${(cause as Error).message}).`;
      throw new PhotoSearchError(message, { code: 'model-damaged', cause });
    }
  }

  return {
    /** @returns one row for each item of the batch: [batch, dimension] */
    async run(inputs: Record<string, Tensor>): Promise<Float32Array[]> {
      const { model } = await loaded();
      const outputs = (await model(inputs)) as Record<string, Tensor | undefined>;
      return Array.from(outputs.text_embeds ?? outputs.image_embeds ?? [], ({ data }: Tensor) => data as Float32Array);
    },
    /** How long an input is in its second dimension, if the ONNX file allows one length only. */
    async fixedLength(input: string): Promise<number | undefined> {
      const { inputMetadata } = (await loaded()).session;
      const found = inputMetadata.find(({ name }) => name === input);
      const length = found?.isTensor ? found.shape[1] : undefined;
      return typeof length === 'number' ? length : undefined;
    },
    /** Frees the weights; the next run would read them again. */
    async dispose(): Promise<void> {
      const open = await loading?.catch(() => undefined);
      loading = undefined;
      await open?.session.release();
    },
  };
}

/**
 * A text's vector, of any length.
 *
 * @param ids token ids, with start and end token
 * @param padId what follows them where the model takes one length only: the tokenizer's `pad_token_id`
 * @returns [dimension]
 * @internal
 */
export async function embedTokens(
  textTower: ReturnType<typeof openTower>,
  ids: readonly number[],
  padId = 0,
): Promise<Float32Array | undefined> {
  // MobileCLIP's ONNX files take 77 tokens, no fewer. Its smallest text tower looks at the padding, too.
  const length = (await textTower.fixedLength('input_ids')) ?? ids.length;
  const row = (values: readonly number[], padding: number) =>
    new Tensor(
      'int64',
      BigInt64Array.from({ length }, (_, i) => BigInt(values[i] ?? padding)),
      [1, length],
    );
  const isToken = ids.map(() => 1);
  const [vector] = await textTower.run({ input_ids: row(ids, padId), attention_mask: row(isToken, 0) });
  return vector;
}
