// npx tsx bench/bench.ts: how fast photos and texts become vectors, here and by other ways. bench/RESULTS.md has the outcome.
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { testOpenSearchUrl } from '../test/support/test-opensearch';
import { runScript } from '../tools/run-script';
import { understand } from '../tools/understand';
import { say, step } from '../tools/setup/report.mjs';
import { describeMachine } from './describe-machine';
import { makePhotos } from './make-photos';
import { readOptions, usage } from './options';
import { writePart } from './markdown';
import { measureRounds } from './measure-rounds';
import { preparePython, prepareModel } from './prepare';
import { ratiosOf, type Results, type Soak } from './results';
import { resultTables } from './results-page';
import { runSubject } from './run-subject';

/** The same photos ten times, uploaded by one process to an OpenSearch: its memory must not grow. */
async function soak(
  dtype: string,
  photos: string[],
  model: string,
  places: { work: string; python: string },
): Promise<Soak> {
  const repeated = Array.from({ length: 10 }, () => photos).flat();
  const task = { model, dtype, photos: repeated, texts: [] };
  const report = await runSubject({ id: 'soak', program: 'upload.ts', asInNotebooks: true }, task, {
    ...places,
    env: { SERVICE_URI: await testOpenSearchUrl() },
  });
  const { rssMb = [], peakRssMb } = report;
  return { dtype, photos: repeated.length, rssMb: rssMb.map(Math.round), peakRssMb: Math.round(peakRssMb) };
}

async function main(): Promise<void> {
  const options = understand(readOptions, usage);
  if (!options) return;
  const { work, rounds, minutes, subjects } = options;
  await mkdir(work, { recursive: true });
  const needsPython = !options.model || subjects.some(({ program }) => program.endsWith('.py'));
  const python = needsPython ? await preparePython(work) : '';
  const model = options.model ?? (await prepareModel(work, python));
  const photos = await step(`${options.photos} photos`, () => makePhotos(path.join(work, 'photos'), options.photos));

  const before = os.loadavg()[0] ?? NaN;
  const { results, rounds: done } = await measureRounds(subjects, {
    ...{ model, photos, rounds, minutes, work, python },
    onRun(round, { id }, { photos: run }) {
      const speed = run ? (photos.length / rounds / run.seconds).toFixed(1) : '–';
      say(`  round ${round} of ${rounds}  ${id.padEnd(22)} ${speed.padStart(6)} photos/s`);
    },
  });
  const soaked =
    options.soak === 'none'
      ? undefined
      : await step(`${10 * photos.length} photos uploaded by one process`, () =>
          soak(options.soak, photos, model, { work, python }),
        );
  const after = os.loadavg()[0] ?? NaN;

  const given = process.argv.slice(2);
  const outcome: Results = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npx tsx bench/bench.ts', ...given].join(' '),
    machine: await describeMachine(python),
    load: { before, after },
    photos: Math.floor(photos.length / rounds) * done,
    rounds: done,
    subjects: results,
    soak: soaked,
    ratios: ratiosOf(results, soaked),
  };
  const folder = options.quick ? work : __dirname;
  await writeFile(path.join(folder, 'results.json'), `${JSON.stringify(outcome, null, 2)}\n`);
  const tables = resultTables(outcome);
  await writePart(path.join(folder, 'RESULTS.md'), 'npx tsx bench/bench.ts', tables);
  console.log(tables);
}

runScript(main);
