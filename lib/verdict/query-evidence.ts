import { backgroundCosines, cosineSpread } from '../background';
import type { QueryEvidence } from './calibration';

/**
 * What a query's cosines say about its best hit, relative to the query's spread and to what words that say nothing would
 * get from the same photos.
 *
 * Why not the z-score: whether photos fit or not, the best of many stands out from the others by much the same. But
 * where none fits, all of them are further away from the query than from a text that says nothing. (Measured with the
 * demo model: z can't tell the judged queries that photos fit from the combinations of colours that none shows, the
 * share of pairs in the right order is 0.46; by the lead it is 0.92.)
 *
 * @param bestCosine of the query's best hit
 */
export function queryEvidence(
  bestCosine: number,
  {
    vector,
    background,
    neutral,
  }: {
    /** The query's, [dimension], of length 1. */
    vector: Float32Array;
    /** [photos, dimension], at least two. */
    background: readonly Float32Array[];
    /** The direction of texts that say nothing, [dimension], of length 1. */
    neutral: readonly number[];
  },
): QueryEvidence {
  const { sd } = cosineSpread(vector, background);
  const cosines = backgroundCosines(Float32Array.from(neutral), background);
  const ordinary = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
  return { spread: sd, lead: (bestCosine - ordinary) / sd };
}
