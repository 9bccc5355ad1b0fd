import path from 'node:path';
import { AutoConfig, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, Tensor } from '@xenova/transformers';
import { InferenceSession } from 'onnxruntime-node';
import { PhotoSearchError } from '../errors';
import type { ReadWeights } from './clip-files';
import { type Dtype, type Tower, weightsFile } from './model-config';

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
      const embeddings = outputs.text_embeds ?? outputs.image_embeds;
      if (embeddings) return Array.from(embeddings, ({ data }: Tensor) => data as Float32Array);
      const given = Object.keys(outputs).join(', ');
      throw new PhotoSearchError(`${file} gives ${given} instead of text_embeds or image_embeds.`, {
        code: 'model-unusable',
      });
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
