import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import type { Clip } from '../../lib/clip';
import type { NamedVector } from '../../lib/evaluation/exact-ranking';
import { wilsonInterval } from '../../lib/evaluation/intervals';
import { neutralDirection, searchJudged } from '../../lib/evaluation/judged-searches';
import type { JudgedSet } from '../../lib/evaluation/judged-set';
import { repositoryRoot } from '../../lib/settings';
import type { Calibration } from '../../lib/verdict/calibration';
import { fitThresholds } from '../../lib/evaluation/fit-thresholds';
import { leaveOneOut, type Tally, type VerdictFigures } from '../../lib/evaluation/leave-one-out';
import type { ModelIdentity } from '../../lib/model/identity';

const file = path.join(repositoryRoot, 'lib', 'verdict', 'calibrations.json');

/**
 * Sets the thresholds of a model's verdicts, and writes them down for `judgeHits`.
 *
 * @returns how good the verdicts are, as text
 */
export async function calibrate(
  clip: Clip,
  judged: JudgedSet,
  photos: readonly NamedVector[],
): Promise<string> {
  const neutral = await neutralDirection(clip);
  const searches = await searchJudged(clip, judged, photos, neutral);
  const calibration = { ...rounded(fitThresholds(searches)), neutral };
  await write(clip.identity, calibration);
  const { leastSpread, strongFrom, nothingBelow } = calibration;
  return [
    `Verdicts of ${clip.identity.model} ${clip.identity.dtype}: nothing below a spread of ${leastSpread} or a lead of ${nothingBelow}, strong from a lead of ${strongFrom}.`,
    `Written to ${path.relative(repositoryRoot, file)}. For queries that the thresholds were not made from (leave one out):`,
    figuresTable(leaveOneOut(searches)),
  ].join('\n');
}

function rounded({
  leastSpread,
  ...leads
}: Omit<Calibration, 'neutral'>): typeof leads & { leastSpread: number } {
  return {
    leastSpread: Number(leastSpread.toFixed(4)),
    strongFrom: Number(leads.strongFrom.toFixed(2)),
    nothingBelow: Number(leads.nothingBelow.toFixed(2)),
  };
}

/** Figures as lines of text, each with its 95 % interval. */
export function figuresTable({ strong, nothing, missed }: VerdictFigures): string {
  const line = (name: string, { right, of }: Tally) => {
    if (of === 0) return `  ${name}: none`;
    const { low, high } = wilsonInterval(right, of);
    const percent = (share: number) => (100 * share).toFixed(0);
    return `  ${name}: ${right} of ${of} = ${percent(right / of)} % (${percent(low)}–${percent(high)} %)`;
  };
  return [
    line('strong, and a photo that fits is among the first three', strong),
    ...Object.entries(nothing).map(([kind, tally]) =>
      line(`nothing here, and judged so: ${kind}`, tally),
    ),
    line('photos fit, but judged as nothing here', missed),
  ].join('\n');
}

/** Puts a model's calibration in the place of its former one, or beside the others. */
async function write(
  { model, revision, dtype }: ModelIdentity,
  calibration: Calibration,
): Promise<void> {
  const before = JSON.parse(await readFile(file, 'utf8')) as Pick<
    ModelIdentity,
    'model' | 'dtype'
  >[];
  const others = before.filter((one) => one.model !== model || one.dtype !== dtype);
  const text = JSON.stringify([...others, { model, revision, dtype, ...calibration }]);
  const options = await prettier.resolveConfig(file);
  await writeFile(file, await prettier.format(text, { ...options, parser: 'json' }));
}
