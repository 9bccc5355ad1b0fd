// npx tsx bench/scaling.ts: writes the tables and the plot of docs/scaling.md from what was measured.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { repositoryRoot } from '../workshop/settings';
import { runScript } from '../tools/run-script';
import { writePart } from './markdown';
import type { Results } from './results';
import { costPlot } from './scale/cost-plot';
import type { ScaleResults } from './scale/scale-results';
import { scalingAnswer, scalingTables } from './scale/scaling-page';

runScript(async () => {
  const read = (name: string): unknown => JSON.parse(readFileSync(path.join(__dirname, name), 'utf8'));
  const scale = read('results-scale.json') as ScaleResults;
  const docs = path.join(repositoryRoot, 'docs');
  const encoding = read('results.json') as Results;
  const page = path.join(docs, 'scaling.md');
  await writePart(page, 'npx tsx bench/scaling.ts, the answer', scalingAnswer(scale, encoding));
  await writePart(page, 'npx tsx bench/scaling.ts', scalingTables(scale, encoding));
  await writeFile(path.join(docs, 'scaling.png'), await costPlot(scale.sizes));
});
