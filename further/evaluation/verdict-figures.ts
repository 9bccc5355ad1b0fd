import { calibratedVerdict, type Calibration } from '../judging/calibration';
import { wilsonInterval } from './intervals';
import type { JudgedSearch } from './judged-searches';

/** How often a verdict was right, of how many. */
export interface Tally {
  right: number;
  of: number;
}

/** How good verdicts are. */
export interface VerdictFigures {
  /** Of the strong verdicts: those with a photo that fits among the first three. */
  strong: Tally;
  /** Of the queries that no photo fits, by kind: those whose verdict is nothing. */
  nothing: Record<string, Tally>;
  /** The same, and those whose verdict is weak. */
  notStrong: Record<string, Tally>;
  /** Of the queries that photos fit: those whose verdict is nothing, wrongly. */
  missed: Tally;
}

/** @param searches queries that the calibration was not made from */
export function verdictFigures(searches: readonly JudgedSearch[], calibration: Calibration): VerdictFigures {
  const figures: VerdictFigures = { strong: none(), nothing: {}, notStrong: {}, missed: none() };
  for (const search of searches) {
    const { query, found } = search;
    const verdict = calibratedVerdict(search, calibration);
    if (verdict === 'strong') count(figures.strong, found);
    if (query.relevant.size > 0) count(figures.missed, verdict === 'nothing');
    else {
      count((figures.nothing[query.kind] ??= none()), verdict === 'nothing');
      count((figures.notStrong[query.kind] ??= none()), verdict !== 'strong');
    }
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

/** The figures as lines of text, each with its 95 % interval. */
export function figuresText({ strong, nothing, notStrong, missed }: VerdictFigures): string {
  const line = (name: string, { right, of }: Tally) => {
    const { low, high } = wilsonInterval(right, of);
    const percent = (share: number) => (100 * share).toFixed(0);
    const share = of === 0 ? '–' : `${percent(right / of)} % (${percent(low)}–${percent(high)} %)`;
    return `  ${name}: ${right} of ${of}, ${share}`;
  };
  return [
    line('strong, and a photo that fits is among the first three', strong),
    ...Object.entries(nothing).map(([kind, tally]) => line(`no photo fits, "nothing": ${kind}`, tally)),
    ...Object.entries(notStrong).map(([kind, tally]) => line(`no photo fits, "weak" or "nothing": ${kind}`, tally)),
    line('photos fit, but "nothing"', missed),
  ].join('\n');
}
