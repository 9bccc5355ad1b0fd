import { cosineSpread } from './background';
import { dotProduct } from '../dot-product';
import { shownOdds, type ModelParts, type WordMeaning } from './word-meanings';

/** What a query's cosines say about its best hits: what a verdict is made of. */
export interface QueryEvidence {
  /** How many photos the hits are the best of. */
  photos: number;
  /** Standard deviation of the query's cosines with the background: whether it tells the photos apart at all. */
  spread: number;
  /** The best hit's cosine. */
  cosine: number;
  /** How likely one of the hits shows the words, as log odds; see {@link shownOdds}. */
  shown: number;
  /** How much of the text it does not know, 0 to 1; 0 for a model whose vectors don't say. */
  unknown: number;
  /** The same for the least known thing in the text, of those that it knows at all. */
  unknownThing: number;
  /** What colours and light give to the best hit's cosine; 0 for a model whose vectors have no part for them. */
  colours: number;
}

export interface EvidenceOptions {
  /** The query's, [dimension], of length 1. */
  vector: Float32Array;
  /** What the text's words mean, from `wordMeanings`. */
  words: readonly WordMeaning[];
  /** The first hits', three at most, best first: [hits, dimension]; at least one. */
  hits: readonly Float32Array[];
  /** How many photos were searched. */
  photos: number;
  /** [photos, dimension], at least two: of all, or of a sample. */
  background: readonly Float32Array[];
  /** Of a model that was put together from several. */
  parts?: ModelParts;
}

/**
 * What a query's cosines say about its best hits, also with each of its words alone: a red flower shows only one word of
 * "a red car".
 *
 * Why not the z-score: whether photos fit or not, the best of many stands out from the others by much the same.
 */
export function queryEvidence(options: EvidenceOptions): QueryEvidence {
  const { vector, words, hits, photos, background, parts } = options;
  const [best] = hits;
  if (!best) throw new RangeError('There is no hit to judge.');
  const within = ({ start, end }: { start: number; end: number }, other: Float32Array) =>
    dotProduct(vector.subarray(start, end), other.subarray(start, end));
  return {
    photos,
    spread: cosineSpread(vector, background).sd,
    cosine: dotProduct(vector, best),
    shown: shownOdds(words, hits, background),
    unknown: parts ? Math.sqrt(within(parts.unknown, vector)) : 0,
    unknownThing: Math.max(0, ...words.flatMap(({ unknown = [] }) => unknown)),
    colours: parts ? within(parts.colours, best) : 0,
  };
}
