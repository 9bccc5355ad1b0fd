// npm run bench:scaling: writes the tables of docs/scaling.md from what was measured.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../workshop/settings';
import { runScript } from '../tools/run-script';
import { writePart } from './markdown';
import type { Results } from './results';
import type { ScaleResults } from './scale/scale-results';
import { scalingTables } from './scale/scaling-page';

runScript(async () => {
  const read = (name: string): unknown => JSON.parse(readFileSync(path.join(__dirname, name), 'utf8'));
  const tables = scalingTables(read('results-scale.json') as ScaleResults, read('results.json') as Results);
  await writePart(path.join(repositoryRoot, 'docs/scaling.md'), 'npm run bench:scaling', tables);
});
