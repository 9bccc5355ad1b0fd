import type { Clip } from '../../lib/clip';

/** @returns the vectors of a text's words, each word alone: [words, dimension] */
export function wordVectors(clip: Clip, text: string): Promise<Float32Array[]> {
  return clip.embedTexts(text.split(/\s+/).filter((word) => word !== ''));
}
