import type { JudgedSearch } from './judged-searches';
import { calibratedVerdict } from '../verdict/calibration';
import { fitThresholds } from './fit-thresholds';

/** How often a verdict was right, of how many. */
export interface Tally {
  right: number;
  of: number;
}

/** How good verdicts are for queries that the thresholds were not made from. */
export interface VerdictFigures {
  /** Of the strong verdicts: those with a photo that fits among the first three. */
  strong: Tally;
  /** Of the queries that no photo fits, by kind: those whose verdict is nothing. */
  nothing: Record<string, Tally>;
  /** Of the queries that photos fit: those whose verdict is nothing, wrongly. */
  missed: Tally;
}

/**
 * Judges each query with thresholds made from the other queries alone. Queries that ask for the same photos, as "red"
 * and "something crimson", are left out together.
 */
export function leaveOneOut(searches: readonly JudgedSearch[]): VerdictFigures {
  const figures: VerdictFigures = { strong: none(), nothing: {}, missed: none() };
  for (const search of searches) {
    const { query, found } = search;
    const others = searches.filter((other) => asks(other) !== asks(search));
    const verdict = calibratedVerdict(search, { ...fitThresholds(others), neutral: [] });
    if (verdict === 'strong') count(figures.strong, found);
    if (query.relevant.size > 0) count(figures.missed, verdict === 'nothing');
    else count((figures.nothing[query.kind] ??= none()), verdict === 'nothing');
  }
  return figures;
}

function none(): Tally {
  return { right: 0, of: 0 };
}

function count(tally: Tally, isRight: boolean): void {
  tally.of += 1;
  if (isRight) tally.right += 1;
}

/** The same for queries that ask for the same photos. */
function asks({ query: { relevant, text } }: JudgedSearch): string {
  return relevant.size > 0 ? [...relevant].join('\n') : text;
}
