import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import type { Clip } from '../../lib/clip';
import type { NamedVector } from '../../further/evaluation/exact-ranking';
import { searchJudged } from '../../further/evaluation/judged-searches';
import type { JudgedSet } from '../../further/evaluation/judged-set';
import { writeWhole } from '../../download/write-whole';
import { repositoryRoot } from '../../workshop/settings';
import type { Calibration } from '../../further/judging/calibration';
import { fitCalibration } from '../../further/evaluation/fit-calibration';
import { figuresText, verdictFigures } from '../../further/evaluation/verdict-figures';
import type { ModelIdentity } from '../../lib/model/model-identity';

const file = path.join(repositoryRoot, 'further', 'judging', 'calibrations.json');

/**
 * Sets the thresholds of a model's verdicts, and writes them down for `judgeHits`.
 *
 * @returns how good the verdicts are, as text
 */
export async function calibrate(clip: Clip, judged: JudgedSet, photos: readonly NamedVector[]): Promise<string> {
  const searches = await searchJudged(clip, judged, photos);
  const heldOut = searches.filter(({ query, isWhole }) => isWhole && query.heldOut);
  const used = searches.filter(({ query }) => !query.heldOut);
  const calibration = rounded(fitCalibration(used));
  await write(clip.identity, calibration);
  const { leastSpread, strongFrom, nothingBelow } = calibration;
  return [
    `Verdicts of ${clip.identity.model} ${clip.identity.dtype}: nothing below a spread of ${leastSpread} or a likelihood of ${nothingBelow}, strong from a likelihood of ${strongFrom}.`,
    `Written to ${path.relative(repositoryRoot, file)}. For the ${heldOut.length} held-out queries:`,
    figuresText(verdictFigures(heldOut, calibration)),
  ].join('\n');
}

function rounded(fitted: Calibration): typeof fitted {
  const to = (digits: number) => (value: number) => Number(value.toFixed(digits));
  return {
    leastSpread: to(4)(fitted.leastSpread),
    photos: fitted.photos,
    bias: to(3)(fitted.bias),
    weights: fitted.weights.map(to(3)),
    strongFrom: to(2)(fitted.strongFrom),
    nothingBelow: to(3)(fitted.nothingBelow),
  };
}

/** Replaces a model's calibration, or adds it to the others. */
async function write({ model, revision, dtype }: ModelIdentity, calibration: Calibration): Promise<void> {
  const before = JSON.parse(await readFile(file, 'utf8')) as Pick<ModelIdentity, 'model' | 'dtype'>[];
  const others = before.filter((one) => one.model !== model || one.dtype !== dtype);
  const text = JSON.stringify([...others, { model, revision, dtype, ...calibration }]);
  const options = await prettier.resolveConfig(file);
  // Every search reads it: one that starts meanwhile gets the old one or the new one.
  await writeWhole(file, await prettier.format(text, { ...options, parser: 'json' }));
}
