import type { ModelIdentity } from '../model/identity';
import calibrationsJson from './calibrations.json';

/**
 * From where on a query's best hit counts as strong, and below where as nothing. What is compared is its height: how
 * far its cosine is above the mean of the query's cosines with the background, in `unit`s.
 */
export interface Calibration {
  /**
   * What heights are measured in: for a calibrated model the usual spread (standard deviation over the photos) of a
   * query that it understands, as a cosine; absent: the spread of the query itself, so that a height is a z-score.
   */
  unit?: number;
  strongFrom: number;
  nothingBelow: number;
}

/**
 * For models that nobody has calibrated. Of 256 numbers drawn from a normal distribution, the largest is 2.8 standard
 * deviations above the mean in the median, and above 3.5 once in twenty draws: a best hit below the first is what
 * chance gives, one above the second is not.
 */
const uncalibrated: Calibration = { strongFrom: 3.5, nothingBelow: 2.8 };

type CalibratedModel = Calibration & Pick<ModelIdentity, 'model' | 'revision' | 'dtype'>;

const calibrations: readonly CalibratedModel[] = calibrationsJson;

/** The calibration of a model, made by `npm run evaluate -- --calibrate` for exactly these weights. */
export function calibrationFor({ model, revision, dtype }: ModelIdentity): {
  calibration: Calibration;
  calibrated: boolean;
} {
  const found = calibrations.find(
    (one) => one.model === model && one.revision === revision && one.dtype === dtype,
  );
  return { calibration: found ?? uncalibrated, calibrated: found !== undefined };
}
