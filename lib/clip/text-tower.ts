import path from 'node:path';
import { CLIPTextModelWithProjection, Tensor } from '@xenova/transformers';
import { weightsFile, type Dtype } from './tower-dtypes';
import { sessionOptions } from './session-options';
import { openTower } from './tower';
import { loadByPath } from './weights-by-path';

/** The tower for texts, with its weights in memory from the first text on. */
export interface TextTower {
  /**
   * @param ids token ids, with start and end token
   * @param padId what follows them where the model takes one length only: the tokenizer's `pad_token_id`
   * @returns [dimension], of any length
   */
  embed(ids: readonly number[], padId?: number): Promise<Float32Array | undefined>;
  dispose(): Promise<void>;
}

/**
 * @param folder a model's, in transformers.js's layout, absolute
 * @param remedy what to do about damaged weights, for messages
 */
export function openTextTower(folder: string, dtype: Dtype, remedy: string): TextTower {
  const weights = weightsFile('text', dtype);
  const tower = openTower({ file: path.join(folder, weights), remedy }, () =>
    loadByPath(folder, weights, () =>
      CLIPTextModelWithProjection.from_pretrained(folder, {
        local_files_only: true,
        session_options: sessionOptions,
        dtype,
      }),
    ),
  );
  return {
    async embed(ids, padId = 0) {
      // MobileCLIP's ONNX files take 77 tokens, no fewer. Its smallest text tower looks at the padding, too.
      const length = (await tower.fixedLength('input_ids')) ?? ids.length;
      const shape = [1, length];
      const isToken = ids.map(() => 1);
      const [vector] = await tower.run({
        input_ids: new Tensor('int64', padded(ids, length, padId), shape),
        attention_mask: new Tensor('int64', padded(isToken, length, 0), shape),
      });
      return vector;
    },
    dispose: () => tower.dispose(),
  };
}

function padded(values: readonly number[], length: number, padding: number): BigInt64Array {
  return BigInt64Array.from({ length }, (_, i) => BigInt(values[i] ?? padding));
}
