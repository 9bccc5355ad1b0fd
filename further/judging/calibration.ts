import type { ModelIdentity } from '../../lib/model/model-identity';
import calibrationsJson from './calibrations.json';
import type { QueryEvidence } from './query-evidence';

/** Whether photos that show what was asked for are there: probably, perhaps, or probably not. */
export type Verdict = 'strong' | 'weak' | 'nothing';

/**
 * How the verdicts of one model come about. Made by `npm run evaluate -- --calibrate` from photos and queries that were
 * judged by hand.
 */
export interface Calibration {
  /** Below this spread (standard deviation of cosines) the model does not understand the words. */
  leastSpread: number;
  /** With how many photos it was made. */
  photos: number;
  /** Logistic regression on {@link evidenceFigures}: what is added before them, and each one's weight. */
  bias: number;
  weights: number[];
  /** A likelihood from which on the verdict is strong, 0 to 1. */
  strongFrom: number;
  /** A likelihood below which it is nothing, as if there were no more photos than it was made with. */
  nothingBelow: number;
}

type CalibratedModel = Calibration & Pick<ModelIdentity, 'model' | 'revision' | 'dtype'>;

const calibrations: readonly CalibratedModel[] = calibrationsJson;

/** The calibration for exactly these weights, if there is one: those of another model say nothing about this one. */
export function calibrationFor({ model, revision, dtype }: ModelIdentity): Calibration | undefined {
  return calibrations.find((one) => one.model === model && one.revision === revision && one.dtype === dtype);
}

/** The figures that the regression weighs. */
export function evidenceFigures(evidence: QueryEvidence): number[] {
  const { cosine, shown, unknown, colours } = evidence;
  return [cosine, shown, unknown, colours];
}

/**
 * The more photos an index holds, the nearer the best of them comes by chance. The odds that it fits are therefore
 * divided by this power of how many times as many photos there are as the calibration was made with; evaluation/README.md
 * has what it does among 1,000.
 */
const growth = 0.5;

/** How likely one of the first hits fits, 0 to 1. */
export function likelihood(
  evidence: QueryEvidence,
  { bias, weights, photos }: Pick<Calibration, 'bias' | 'weights' | 'photos'>,
): number {
  const byChance = growth * Math.log(Math.max(1, evidence.photos / photos));
  const start = bias - byChance;
  const sum = evidenceFigures(evidence).reduce((total, figure, at) => total + figure * (weights[at] ?? NaN), start);
  return 1 / (1 + Math.exp(-sum));
}

/**
 * If more of a text is unknown, a photo may show only what is known; if more of a thing in it is unknown, only
 * something like that thing ("yellow tulips": a sunflower). The verdict is then never strong.
 */
const mostUnknown = { text: 0.25, thing: 0.42 };

/** What the evidence says: nothing where the model does not understand the words. */
export function calibratedVerdict(evidence: QueryEvidence, calibration: Calibration): Verdict {
  if (evidence.spread < calibration.leastSpread) return 'nothing';
  const isLikely = likelihood(evidence, calibration) >= calibration.strongFrom;
  const isKnown = evidence.unknown <= mostUnknown.text && evidence.unknownThing <= mostUnknown.thing;
  if (isLikely && isKnown) return 'strong';
  // More photos are not a reason to say that none of them fits.
  const amongFew = { ...evidence, photos: calibration.photos };
  return likelihood(amongFew, calibration) < calibration.nothingBelow ? 'nothing' : 'weak';
}
