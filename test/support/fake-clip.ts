import { createHash } from 'node:crypto';
import type { Clip } from '../../lib/clip';

/** A stand-in for a CLIP's weights, with the interface of the real one: quick, and a photo's vector follows from its pixels. */
export interface FakeClip extends Clip {
  /** How many photos were encoded. */
  encoded: number;
}

/**
 * @param options.pauseMs how long encoding a batch takes
 * @param options.side of the model's input, in pixels
 */
export function fakeClip(
  options: { revision?: string; dimension?: number; pauseMs?: number; side?: number } = {},
): FakeClip {
  const { revision = 'r1', dimension = 64, pauseMs = 0, side = 16 } = options;
  const refuse = () => Promise.reject(new Error('this clip knows no texts'));
  const clip: FakeClip = {
    identity: { model: 'test/fake', revision, dtype: 'fp32', preprocessing: 'sharp-1', dimension },
    dimension,
    input: {
      resize: { shortestEdge: side },
      crop: { width: side, height: side },
      kernel: 'cubic',
      scale: 1 / 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
    },
    encoded: 0,
    embedText: refuse,
    embedTexts: refuse,
    dispose: () => Promise.resolve(),
    async embedPixels(batch) {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      clip.encoded += batch.length;
      return batch.map((pixels) => vectorOf(pixels, dimension));
    },
  };
  return clip;
}

/** [dimension], of length 1, from the bits of `values`: a normal distribution would be no better for this. */
export function vectorOf(values: Float32Array, dimension: number): Float32Array {
  const vector = new Float32Array(dimension);
  let block = createHash('sha256').update(values).digest();
  for (let i = 0; i < dimension; i++) {
    if (i % 8 === 0 && i > 0) block = createHash('sha256').update(block).digest();
    vector[i] = block.readInt32LE((i % 8) * 4) / 2 ** 31;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
