import { backgroundCosines, cosineSpread } from './background';
import type { ModelIdentity } from './model/identity';
import type { PhotoHit } from './photo-hit';
import { unknownWordsNotice } from './unknown-words';
import { calibrationFor } from './verdict/calibration';

/** Whether the best hit shows what was asked for: probably, perhaps, or probably nothing in the index does. */
export type Verdict = 'strong' | 'weak' | 'nothing';

/** A hit, and where it stands among the query's cosines with the background. */
export interface JudgedHit extends PhotoHit {
  /** How many standard deviations its cosine is above the mean. */
  z: number;
  /** How many of 100 photos of the background are no nearer than it, 0 to 100. */
  percentile: number;
}

export interface Judgement {
  verdict: Verdict;
  /** One sentence for the reader. */
  sentence: string;
  /** The best hit's cosine minus the mean of the following hits'; NaN with fewer than two hits. */
  gap: number;
  hits: JudgedHit[];
}

export interface JudgedHitsQuery {
  /** The query's, [dimension]. */
  vector: Float32Array;
  /** [photos, dimension], from `readBackground`. */
  background: readonly Float32Array[];
  identity: ModelIdentity;
}

/** With fewer photos to compare with, nothing can be said. */
const leastBackground = 10;

/**
 * Judges a query's hits by where they stand in the query's own background: a cosine by itself means nothing, as its
 * mean and spread differ from query to query.
 *
 * @param hits the query's best, best first
 */
export function judgeHits(
  hits: readonly PhotoHit[],
  { vector, background, identity }: JudgedHitsQuery,
): Judgement {
  const sorted = backgroundCosines(vector, background).sort((a, b) => a - b);
  const { mean, sd } =
    background.length < 2 ? { mean: NaN, sd: NaN } : cosineSpread(vector, background);
  const judged = hits.map((hit): JudgedHit => ({
    ...hit,
    z: (hit.cosine - mean) / sd,
    percentile: (100 * sorted.filter((cosine) => cosine <= hit.cosine).length) / sorted.length,
  }));
  const [best, ...following] = judged;
  const gap =
    (best?.cosine ?? NaN) -
    following.reduce((sum, { cosine }) => sum + cosine, 0) / following.length;
  const judgement = (verdict: Verdict, sentence: string): Judgement => ({
    verdict,
    sentence,
    gap,
    hits: judged,
  });

  if (!best) return judgement('nothing', 'There are no photos to find.');
  const unknown = unknownWordsNotice(identity, vector, background);
  if (unknown !== undefined) return judgement('nothing', unknown);
  if (background.length < leastBackground) {
    return judgement(
      'weak',
      `${background.length} photos are too few to compare with: look for yourself.`,
    );
  }
  const { calibration, calibrated } = calibrationFor(identity);
  const height = (best.cosine - mean) / (calibration.unit ?? sd);
  const verdict: Verdict =
    height >= calibration.strongFrom
      ? 'strong'
      : height < calibration.nothingBelow
        ? 'nothing'
        : 'weak';
  return judgement(
    verdict,
    `${describe[verdict]}${calibrated ? '' : ' (Not calibrated for this model.)'}`,
  );
}

const describe: Record<Verdict, string> = {
  strong: 'Strong: the best hit stands out from the other photos.',
  weak: 'Weak: the best hit stands out a little from the other photos.',
  nothing: 'Probably nothing here: the best hit hardly stands out from the other photos.',
};
