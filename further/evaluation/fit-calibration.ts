import { PhotoSearchError } from '../../lib/errors';
import { evidenceFigures, likelihood, type Calibration } from '../judging/calibration';
import { fitLogistic } from './fit-logistic';
import type { JudgedSearch } from './judged-searches';
import type { QueryKind } from './judged-set';

/**
 * Strong from this likelihood on, for someone who finds something every other time: evaluation/README.md says how often
 * it is right.
 */
const strongFrom = 0.75;
/** At most this share of the queries that photos fit may have too small a spread. */
const mostMissed = 0.01;
/** Kinds of queries that no model understands. */
const meaningless: readonly QueryKind[] = ['gibberish', 'not English'];
/** Likelihoods are made by regressions that have not seen the query: of this many parts of the queries, one by one. */
const folds = 10;

/**
 * Makes a calibration from judged queries:
 * - `leastSpread` where gibberish and queries that photos fit are told apart best;
 * - a logistic regression of whether one of the first three hits fits;
 * - `nothingBelow`, with half the odds of the least likely query that photos fit, by cross-validation: another one may
 *   be less likely still.
 *
 * @throws PhotoSearchError if there are no queries that photos fit, or no gibberish
 */
export function fitCalibration(searches: readonly JudgedSearch[]): Calibration {
  const whole = searches.filter(({ isWhole }) => isWhole);
  const answerable = whole.filter(({ query }) => query.relevant.size > 0);
  const gibberish = whole.filter(({ query }) => meaningless.includes(query.kind));
  if (answerable.length === 0 || gibberish.length === 0) {
    throw new PhotoSearchError(
      `A calibration needs queries that photos fit and gibberish; there are ${answerable.length} and ${gibberish.length}.`,
    );
  }
  const leastSpread = partingSpread(answerable, gibberish);
  const understood = searches.filter(({ spread }) => spread >= leastSpread);
  const fitting = crossValidated(understood).filter(({ fits }) => fits);
  const least = Math.min(strongFrom, ...fitting.map(({ likely }) => likely));
  return {
    leastSpread,
    ...fit(understood),
    strongFrom,
    nothingBelow: least / (2 - least),
  };
}

function fit(searches: readonly JudgedSearch[]): Pick<Calibration, 'bias' | 'weights' | 'photos'> {
  const found = searches.map((search) => search.found);
  const { bias, weights } = fitLogistic(searches.map(evidenceFigures), found);
  const yes = found.filter(Boolean).length;
  // Likelihoods are for someone who finds something every other time (prior correction: King and Zeng, "Logistic
  // regression in rare events data", 2001), and not for how many queries without an answer were thought of.
  const evenOdds = bias + Math.log((found.length - yes + 1) / (yes + 1));
  return { bias: evenOdds, weights, photos: Math.max(...searches.map(({ photos }) => photos)) };
}

/** Each search of all photos with the likelihood that a regression on the other queries gives it. */
function crossValidated(searches: readonly JudgedSearch[]): { likely: number; fits: boolean }[] {
  const queries = [...new Set(searches.map(({ query }) => query))];
  const foldOf = new Map(queries.map((query, at) => [query, at % folds]));
  return Array.from({ length: folds }, (_, fold) => {
    const seen = searches.filter(({ query }) => foldOf.get(query) !== fold);
    const unseen = searches.filter(({ query, isWhole }) => isWhole && foldOf.get(query) === fold);
    const regression = fit(seen);
    return unseen.map((search) => ({ likely: likelihood(search, regression), fits: search.query.relevant.size > 0 }));
  }).flat();
}

/** In the middle, by their ratio, of the gap between the spreads of the two. */
function partingSpread(answerable: readonly JudgedSearch[], gibberish: readonly JudgedSearch[]): number {
  const spreads = [...answerable, ...gibberish].map(({ spread }) => Math.max(spread, 1e-6));
  const sorted = [...new Set(spreads)].sort((a, b) => a - b);
  const middles = sorted.slice(1).map((value, at) => Math.sqrt(value * (sorted[at] ?? NaN)));
  const few = middles.filter((least) => share(answerable, ({ spread }) => spread < least) <= mostMissed);
  const told = (least: number) =>
    share(answerable, ({ spread }) => spread >= least) + share(gibberish, ({ spread }) => spread < least);
  const most = Math.max(...few.map(told));
  const best = few.filter((least) => told(least) === most);
  return best[Math.floor(best.length / 2)] ?? 0;
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}
