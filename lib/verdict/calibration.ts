import type { ModelIdentity } from '../model/identity';
import calibrationsJson from './calibrations.json';

/** Whether photos that show what was asked for are there: probably, perhaps, or probably not. */
export type Verdict = 'strong' | 'weak' | 'nothing';

/**
 * Where the verdicts of one model change, in the terms of {@link QueryEvidence}. Made by
 * `npm run evaluate -- --calibrate` from photos and queries that were judged by hand.
 *
 * The more photos an index holds, the nearer the best of them comes by chance: made with 81 photos, a calibration says
 * "nothing" too seldom in an index of many thousands.
 */
export interface Calibration {
  /** Below this spread (standard deviation of cosines) the model does not understand the words. */
  leastSpread: number;
  /** A lead from which on the verdict is strong. */
  strongFrom: number;
  /** A lead below which the verdict is nothing. */
  nothingBelow: number;
  /** The direction of texts that say nothing, such as "a photo": [dimension], of length 1. */
  neutral: number[];
}

/** What a query's cosines with the photos say about its best hit. */
export interface QueryEvidence {
  /** Standard deviation of the query's cosines with the background: whether it tells the photos apart at all. */
  spread: number;
  /**
   * How much nearer the best hit is to the query than photos of this index are to words that say nothing, in units of
   * the query's spread: below 0, saying nothing would have described it better.
   */
  lead: number;
}

type CalibratedModel = Calibration & Pick<ModelIdentity, 'model' | 'revision' | 'dtype'>;

const calibrations: readonly CalibratedModel[] = calibrationsJson;

/** The calibration for exactly these weights, if there is one: those of another model say nothing about this one. */
export function calibrationFor({ model, revision, dtype }: ModelIdentity): Calibration | undefined {
  return calibrations.find(
    (one) => one.model === model && one.revision === revision && one.dtype === dtype,
  );
}

/** What the evidence says: nothing where the model does not understand the words, however large the lead. */
export function calibratedVerdict(
  { spread, lead }: QueryEvidence,
  calibration: Calibration,
): Verdict {
  if (spread < calibration.leastSpread) return 'nothing';
  if (lead >= calibration.strongFrom) return 'strong';
  return lead < calibration.nothingBelow ? 'nothing' : 'weak';
}
