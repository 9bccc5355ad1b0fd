import { seededRandom } from '../seeded-random';

/** A range that covers the true value in about 95 of 100 repetitions of the whole experiment. */
export interface Interval {
  low: number;
  high: number;
}

/** How often queries are drawn again. */
const resamples = 2000;

/**
 * 95 % interval of a mean over queries: the percentile bootstrap. Queries are drawn again, with replacement, as many as
 * there are, and the mean is taken, again and again; the middle 95 % of these means are the interval. It tells how much
 * the figure depends on which queries happened to be asked, and nothing about other photos.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3.
 *
 * @param values one per query, at least one
 */
export function bootstrapInterval(values: readonly number[]): Interval {
  const random = seededRandom(1);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) {
      sum += values[Math.floor(random() * values.length)] ?? NaN;
    }
    return sum / values.length;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * (resamples - 1) + 0.5)] ?? NaN;
  return { low: at(0.025), high: at(0.975) };
}

/**
 * 95 % interval of a share such as "37 of 40", which stays sensible for few cases and near 0 and 1.
 *
 * Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
 *
 * @param hits 0 to `cases`
 * @param cases at least 1
 */
export function wilsonInterval(hits: number, cases: number): Interval {
  const z = 1.959964; // the normal distribution's 97.5 % quantile
  const share = hits / cases;
  const centre = share + z ** 2 / (2 * cases);
  const reach = z * Math.sqrt((share * (1 - share)) / cases + z ** 2 / (4 * cases ** 2));
  const scale = 1 + z ** 2 / cases;
  return { low: Math.max(0, (centre - reach) / scale), high: Math.min(1, (centre + reach) / scale) };
}
