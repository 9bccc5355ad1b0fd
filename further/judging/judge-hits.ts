import { inspect } from 'node:util';
import { backgroundCosines, cosineSpread } from './background';
import type { ModelIdentity } from '../../lib/model/model-identity';
import { hitsTable } from '../../console/hits-table';
import type { PhotoHit } from '../../lib/search';
import { mean } from '../mean';
import { calibratedVerdict, calibrationFor, likelihood, type Verdict } from './calibration';
import { queryEvidence, type EvidenceOptions } from './query-evidence';
import { modelParts } from './word-meanings';

/** A hit, and where it stands among the query's cosines with the background. */
export interface JudgedHit extends PhotoHit {
  /** How many standard deviations its cosine is above the mean; 0 if all photos are equally near. */
  z: number;
  /** How many of 100 photos of the background are no nearer to the query than this one, 0 to 100. */
  percentile: number;
}

export interface Judgement {
  verdict: Verdict;
  /** What the verdict says and why, for the reader; also if it is not calibrated for this model. */
  sentence: string;
  /** The best hit's cosine minus the mean of the following hits', of three hits at least; NaN if there is only one. */
  gap: number;
  hits: JudgedHit[];
}

/** What a calibrated verdict needs besides: see {@link queryEvidence}. */
export type TextEvidence = Pick<EvidenceOptions, 'words' | 'hits' | 'photos'>;

interface JudgeHitsOptions {
  /** [dimension], of length 1. */
  vector: Float32Array;
  /** [photos, dimension], from `readBackground`. */
  background: readonly Float32Array[];
  identity: ModelIdentity;
  /** Of a search by text alone; verdicts are calibrated for nothing else. */
  text?: TextEvidence;
}

/** Cosines that differ by less are the same: OpenSearch's scores are 32-bit floats. */
const rounding = 1e-6;

/** With fewer photos to compare with, nothing can be said. */
const leastBackground = 10;

/**
 * Without a calibration only this can be said: of 256 numbers drawn from a normal distribution, the largest is more
 * than 3.5 standard deviations above the mean once in twenty draws, so such a hit is not there by chance. One that
 * isn't says nothing: if many photos fit, none of them stands out.
 */
const notByChance = 3.5;

/**
 * Judges a query's hits by where they stand in the query's own background. A cosine by itself means nothing, as its
 * mean and spread differ from query to query; so there is no threshold on cosines.
 *
 * @param hits the query's best, best first
 */
export function judgeHits(hits: readonly PhotoHit[], query: JudgeHitsOptions): Judgement {
  const { vector, background } = query;
  const cosines = backgroundCosines(vector, background);
  const spread = background.length < 2 ? { mean: NaN, sd: 0 } : cosineSpread(vector, background);
  const judged = hits.map((hit): JudgedHit => ({
    ...hit,
    z: spread.sd > rounding ? (hit.cosine - spread.mean) / spread.sd : 0,
    percentile: (100 * cosines.filter((cosine) => cosine < hit.cosine + rounding).length) / cosines.length,
  }));
  const [best, ...following] = judged;
  return {
    ...(best ? judgeBest(best, query) : nothingFound),
    gap: (best?.cosine ?? NaN) - mean(following.map(({ cosine }) => cosine)),
    hits: Object.defineProperty(judged, inspect.custom, { value: () => hitsTable(judged) }),
  };
}

type Judged = Pick<Judgement, 'verdict' | 'sentence'>;

const nothingFound: Judged = { verdict: 'nothing', sentence: 'There are no photos to find.' };

function judgeBest(best: JudgedHit, { vector, background, identity, text }: JudgeHitsOptions): Judged {
  if (background.length < leastBackground) {
    return {
      verdict: 'weak',
      sentence: `No verdict: there are only ${background.length} photos to compare with, too few to tell.`,
    };
  }
  const calibration = text && calibrationFor(identity);
  if (!calibration) {
    const why = text
      ? 'not calibrated for this model: `npm run evaluate -- --calibrate` does it'
      : 'verdicts are calibrated for texts only';
    const standing = `the best hit stands ${best.z.toFixed(1)} standard deviations above the average photo`;
    return best.z >= notByChance
      ? { verdict: 'strong', sentence: `Strong: ${standing}, more than chance would give (${why}).` }
      : { verdict: 'weak', sentence: `Weak: ${standing}, which says little (${why}).` };
  }
  const evidence = queryEvidence({ ...text, vector, background, parts: modelParts(identity) });
  const verdict = calibratedVerdict(evidence, calibration);
  if (evidence.spread < calibration.leastSpread) {
    return {
      verdict,
      sentence:
        'Nothing: the model does not understand this, as all photos are equally near to it ' +
        `(spread ${evidence.spread.toFixed(3)}).`,
    };
  }
  const likely = likelihood(evidence, calibration);
  // Rounded down: what is just below a limit should not look as if it had reached it.
  const percent = Math.floor(100 * likely);
  const isInPart = verdict === 'weak' && likely >= calibration.strongFrom;
  const perhaps = `perhaps a photo of this is here${isInPart ? ', but the model does not know all of the text' : ''}`;
  const sentences = {
    strong: 'Strong: a photo of this is probably here',
    weak: `Weak: ${likely >= 0.5 ? perhaps : 'there may be no photo of this here'}`,
    nothing: 'Nothing: probably no photo of this is here',
  };
  return { verdict, sentence: `${sentences[verdict]} (likelihood ${percent} %).` };
}
