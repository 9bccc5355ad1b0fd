import { cosineSpread } from '../judging/background';

/** The largest factor: a term whose cosines hardly differ says nothing, and should not be made to. */
const mostHelp = 4;

/**
 * Factors that give the terms of a search the same say in the order of the photos.
 *
 * In a sum, a term moves the order by as much as its cosines with the photos differ from each other. Between texts and
 * photos CLIP's lie close together (rarely above 0.35), among photos they go up to 1: in a plain sum of a photo and a
 * text, the text would hardly be heard. So each term is multiplied by the ratio of the widest spread to its own.
 *
 * @param vectors [terms, dimension]
 * @param background [photos, dimension], from `readBackground`
 * @returns a factor for each term, 1 to 4
 */
export function equalSay(vectors: readonly Float32Array[], background: readonly Float32Array[]): number[] {
  if (vectors.length < 2 || background.length < 2) return vectors.map(() => 1);
  const spreads = vectors.map((vector) => cosineSpread(vector, background).sd);
  const widest = Math.max(...spreads);
  return spreads.map((spread) => (widest > spread ? Math.min(widest / spread, mostHelp) : 1));
}
