import type { PreTrainedModel, Tensor } from '@xenova/transformers';
import { WorkshopError } from '../errors';

/** One of a CLIP's two models, with its weights in memory from the first run on. */
export interface ClipTower {
  /** @returns one row for each item of the batch: [batch, dimension] */
  run(inputs: Record<string, Tensor>): Promise<Float32Array[]>;
  /** How long an input is in its second dimension, if the ONNX file allows one length only. */
  fixedLength(input: string): Promise<number | undefined>;
  /** Frees the weights; the next run would read them again. */
  dispose(): Promise<void>;
}

/**
 * @param weights.file for messages, as is `remedy`, what to do about a damaged one
 * @param load reads them; called at the first run, and again if that failed
 */
export function openTower(
  { file, remedy }: { file: string; remedy: string },
  load: () => Promise<PreTrainedModel>,
): ClipTower {
  let loading: Promise<PreTrainedModel> | undefined;

  async function model(): Promise<PreTrainedModel> {
    loading ??= load();
    try {
      return await loading;
    } catch (cause) {
      loading = undefined;
      // Releases of onnxruntime differ in which fp16 models they load on a CPU, see bench/RESULTS.md.
      const otherwise = file.endsWith('_fp16.onnx')
        ? ' If it fails again, set CLIP_DTYPE=fp32.'
        : '';
      throw new WorkshopError(
        `${file} cannot be loaded (${(cause as Error).message}): ${remedy}.${otherwise}`,
        { cause },
      );
    }
  }

  return {
    async run(inputs) {
      const loaded = await model();
      const outputs = (await loaded(inputs)) as Record<string, Tensor | undefined>;
      return rows(outputs.text_embeds ?? outputs.image_embeds);
    },
    async fixedLength(input) {
      const { sessions } = (await model()) as unknown as { sessions: Record<string, OnnxSession> };
      const inputs = Object.values(sessions).flatMap(({ inputMetadata = [] }) => inputMetadata);
      const length = inputs.find(({ name }) => name === input)?.shape?.[1];
      return typeof length === 'number' ? length : undefined;
    },
    async dispose() {
      const loaded = await loading?.catch(() => undefined);
      loading = undefined;
      await loaded?.dispose();
    },
  };
}

/** What is read here of onnxruntime's `InferenceSession`: a dimension that may vary is a name. */
interface OnnxSession {
  inputMetadata?: readonly { name: string; shape?: readonly (number | string)[] }[];
}

/** Cuts [batch, dimension] into its rows. */
function rows(output: Tensor | undefined): Float32Array[] {
  const [batch = 0, dimension = 0] = output?.dims ?? [];
  const values = output?.data as Float32Array;
  return Array.from({ length: batch }, (_, i) => values.slice(i * dimension, (i + 1) * dimension));
}
