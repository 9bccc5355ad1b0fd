import { backgroundCosines, cosineSpread } from './background';
import { dotProduct } from '../dot-product';
import { mean } from '../mean';
import type { Clip } from '../../lib/clip';

/** What a query's cosines say about its best hit: the figures that a verdict is made of, in this order, but for `photos`. */
export interface QueryEvidence {
  /** Of how many photos the hit is the best. */
  photos: number;
  /** Standard deviation of the query's cosines with the background: whether it tells the photos apart at all. */
  spread: number;
  /** The best hit's cosine. */
  cosine: number;
  /**
   * How much nearer the best hit is to the query than photos of this index are to words that say nothing, in units of
   * the query's spread: below 0, saying nothing would have described it better.
   */
  lead: number;
  /** Of the text's words, the one that stands lowest at the best hit: in standard deviations above its own average. */
  weakestWord: number;
  /** The same as a share of the largest cosine that the word has with any photo: 1 if none shows it better. */
  weakestShare: number;
  /** The smallest of the largest cosines that each word has with any photo: whether each is there at all. */
  rarestWord: number;
  /** For each of the model's parts: how much of the text lies in it, and what it gives to the best hit's cosine. */
  parts: { length: number; cosine: number }[];
}

/** Numbers of a vector that belong together: from the first to the one before `end`. */
export interface VectorPart {
  start: number;
  end: number;
}

export interface EvidenceOptions {
  /** The query's, [dimension], of length 1. */
  vector: Float32Array;
  /** Of the text's words, each alone: [words, dimension]. */
  words: readonly Float32Array[];
  /** The best hit's, [dimension]. */
  best: Float32Array;
  /** How many photos were searched. */
  photos: number;
  /** [photos, dimension], at least two: of all, or of a sample. */
  background: readonly Float32Array[];
  /** The direction of texts that say nothing, [dimension], of length 1. */
  neutral: readonly number[];
  /** Of a model that was put together from several; none for others. */
  parts: readonly VectorPart[];
}

/** A word whose cosines vary less says nothing to the model. */
const silent = 1e-4;

/**
 * What a query's cosines say about its best hit, relative to the query's spread, to what words that say nothing would
 * get from the same photos, and to each of its words alone: of "a red car" a red flower has but one.
 *
 * Why not the z-score: whether photos fit or not, the best of many stands out from the others by much the same.
 */
export function queryEvidence(options: EvidenceOptions): QueryEvidence {
  const { vector, words, best, photos, background, neutral, parts } = options;
  const cosine = dotProduct(vector, best);
  const { sd } = cosineSpread(vector, background);
  const ordinary = mean(backgroundCosines(Float32Array.from(neutral), background));
  const found = words.flatMap((word) => {
    const spread = cosineSpread(word, background);
    if (spread.sd < silent) return [];
    const here = dotProduct(word, best);
    const largest = Math.max(here, ...backgroundCosines(word, background));
    const share = largest > 0 ? here / largest : 0;
    return [{ z: (here - spread.mean) / spread.sd, share, largest }];
  });
  const least = (values: number[]) => (values.length > 0 ? Math.min(...values) : 0);
  return {
    photos,
    spread: sd,
    cosine,
    lead: sd > silent ? (cosine - ordinary) / sd : 0,
    weakestWord: least(found.map(({ z }) => z)),
    weakestShare: least(found.map(({ share }) => share)),
    rarestWord: least(found.map(({ largest }) => largest)),
    parts: parts.map(({ start, end }) => {
      const part = vector.subarray(start, end);
      const length = Math.sqrt(dotProduct(part, part));
      return { length, cosine: dotProduct(part, best.subarray(start, end)) };
    }),
  };
}

/** @returns the vectors of a text's words, each word alone: [words, dimension] */
export function wordVectors(clip: Clip, text: string): Promise<Float32Array[]> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return clip.embedTexts(words, { notice: () => undefined }); // what of a word is not read was said of the text
}
