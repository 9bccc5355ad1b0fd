import { PhotoSearchError } from '../../lib/errors';
import { bootstrapInterval, type Interval } from './intervals';
import type { JudgedSet } from './judged-set';
import { mean } from '../mean';
import { rankingScores, type RankingScores } from './ranking-metrics';

/** Ranks photos for a text: their names below the photos folder, nearest first. */
export type RankPhotos = (text: string) => string[] | Promise<string[]>;

/** A figure over queries: their mean, and its 95 % interval. */
export interface MeanScore extends Interval {
  mean: number;
}

/** How well texts find photos, over all queries. */
export type Evaluation = Record<keyof RankingScores, MeanScore> & {
  /** How many queries had photos that fit; the others are left out. */
  queries: number;
};

/**
 * Asks all queries that have an answer, and averages what their rankings are worth. Photos that nobody judged are left
 * out of the rankings, as if they weren't there.
 *
 * @param template what each query's text is put in, at `{}`, as in "a photo of {}"
 * @throws PhotoSearchError if none of the judged photos is found, or no query has an answer
 */
export async function evaluateQueries(
  { photos, queries }: JudgedSet,
  rank: RankPhotos,
  template = '{}',
): Promise<Evaluation> {
  const judged = new Set(photos);
  const scores: RankingScores[] = [];
  for (const { text, relevant } of queries) {
    if (relevant.size === 0) continue;
    const found = await rank(template.replaceAll('{}', () => text));
    const ranking = found.filter((photo) => judged.has(photo));
    if (ranking.length === 0) {
      throw new PhotoSearchError(
        `None of the ${photos.length} judged photos is among the ${found.length} found for "${text}": ` +
          `this works only with judged photos, such as the workshop's own.`,
      );
    }
    scores.push(rankingScores(ranking, relevant));
  }
  if (scores.length === 0) throw new PhotoSearchError('None of the queries has photos that fit.');
  const over = (metric: keyof RankingScores): MeanScore => {
    const values = scores.map((score) => score[metric]);
    return { mean: mean(values), ...bootstrapInterval(values) };
  };
  return {
    queries: scores.length,
    recallAt1: over('recallAt1'),
    recallAt5: over('recallAt5'),
    recallAt10: over('recallAt10'),
    precisionAt10: over('precisionAt10'),
    ndcgAt10: over('ndcgAt10'),
    reciprocalRank: over('reciprocalRank'),
  };
}
