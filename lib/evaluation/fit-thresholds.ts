import { WorkshopError } from '../errors';
import type { JudgedSearch } from './judged-searches';
import type { Calibration } from '../verdict/calibration';
import type { QueryKind } from './judged-set';

/** Of strong verdicts, this share at least is to be right. */
const strongPrecision = 0.9;
/** Of queries that photos fit, this share at most is to be judged as nothing. */
const mostMissed = 0.05;
/** Kinds of queries that no model understands. */
const meaningless: readonly QueryKind[] = ['gibberish', 'not English'];
/** A lead that no photo has. */
const never = 1000;

/**
 * Sets the thresholds from judged queries:
 * - `leastSpread` where gibberish and queries that photos fit are told apart best (largest sum of both shares; in the
 *   middle of the gap between them, by their ratio), with half of the misses that `nothingBelow` may have;
 * - `strongFrom` as low as it can be with nine of ten strong verdicts right;
 * - `nothingBelow` as high as it can be with no more than one in twenty queries that photos fit judged as nothing.
 *
 * @throws WorkshopError if there are no queries that photos fit, or no gibberish
 */
export function fitThresholds(searches: readonly JudgedSearch[]): Omit<Calibration, 'neutral'> {
  const answerable = searches.filter(({ query }) => query.relevant.size > 0);
  const gibberish = searches.filter(({ query }) => meaningless.includes(query.kind));
  if (answerable.length === 0 || gibberish.length === 0) {
    throw new WorkshopError(
      `A calibration needs queries that photos fit and gibberish; there are ${answerable.length} and ${gibberish.length}.`,
    );
  }
  const spreads = [...answerable, ...gibberish].map(({ spread }) => Math.log(spread));
  const leastSpread = best(
    [0, ...between(spreads).map(Math.exp)].filter(
      (least) => share(answerable, ({ spread }) => spread < least) <= mostMissed / 2,
    ),
    (least) =>
      share(answerable, ({ spread }) => spread >= least) +
      share(gibberish, ({ spread }) => spread < least),
  );
  const understood = searches.filter(({ spread }) => spread >= leastSpread);
  const leads = between(understood.map(({ lead }) => lead));
  const isPrecise = (from: number) =>
    share(
      understood.filter(({ lead }) => lead >= from),
      ({ found }) => found,
    ) >= strongPrecision;
  const strongFrom = Math.min(never, ...leads.filter(isPrecise));
  const missesFew = (below: number) =>
    share(answerable, ({ spread, lead }) => spread < leastSpread || lead < below) <= mostMissed;
  const nothingBelow = Math.max(-never, ...leads.filter(missesFew));
  return { leastSpread, strongFrom, nothingBelow: Math.min(nothingBelow, strongFrom) };
}

/** Thresholds that part the values: one in the middle between each two neighbours. */
function between(values: readonly number[]): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  return sorted.slice(1).map((value, at) => (value + (sorted[at] ?? NaN)) / 2);
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}

/** The one with the largest value, the middle one if several have it. */
function best(candidates: readonly number[], value: (candidate: number) => number): number {
  const values = candidates.map(value);
  const largest = Math.max(...values);
  const top = candidates.filter((_, at) => values[at] === largest);
  return top[Math.floor(top.length / 2)] ?? NaN;
}
