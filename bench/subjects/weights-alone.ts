// The vision tower of one file with one onnxruntime and its options, on ready input.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Runtime from 'onnxruntime-node';
import { makeWeightsSigned } from '../../clip-model/quick-weights';
import { report, timed } from './measure';

export interface WeightsTask {
  /** Folder of onnxruntime-node. */
  runtime: string;
  /** The ONNX file. */
  file: string;
  /** Whether its weights are made signed first. */
  signed: boolean;
  options: Runtime.InferenceSession.SessionOptions;
  batch: number;
  /** How many images are run. */
  images: number;
}

const size = 224;

async function main(): Promise<void> {
  const task = JSON.parse(readFileSync(process.argv.at(-1) ?? '', 'utf8')) as WeightsTask;
  const { runtime, file, signed, options, batch, images } = task;
  const { InferenceSession, Tensor } = createRequire(__filename)(runtime) as typeof Runtime;
  const bytes = signed ? readFileSync(file) : undefined;
  if (bytes && !makeWeightsSigned(bytes)) throw new Error(`${file} has no unsigned weights.`);

  const pixels = Float32Array.from({ length: batch * 3 * size * size }, (_, i) => Math.sin(i));
  const inputs = { pixel_values: new Tensor('float32', pixels, [batch, 3, size, size]) };
  const loading = await timed(async () => {
    const session = await (bytes ? InferenceSession.create(bytes, options) : InferenceSession.create(file, options));
    return { session, outputs: await session.run(inputs) };
  });
  const { session, outputs } = loading.result;
  const { seconds, cpuSeconds } = await timed(async () => {
    for (let done = 0; done < images; done += batch) await session.run(inputs);
  });
  const vectors = outputs.image_embeds?.data as Float32Array;
  report({
    loadSeconds: loading.seconds,
    photos: { seconds, cpuSeconds },
    photoVectors: [Array.from(vectors.subarray(0, vectors.length / batch))],
  });
}

void main();
