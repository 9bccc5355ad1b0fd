// npm run bench: how fast photos and texts become vectors, here and by other ways. bench/RESULTS.md has the outcome.
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { WorkshopError } from '../lib/errors';
import { repositoryRoot } from '../lib/settings';
import { runScript } from '../scripts/run-script';
import { say, step } from '../scripts/setup/report.mjs';
import { describeMachine } from './machine';
import { makePhotos } from './make-photos';
import { measureRounds } from './measure-rounds';
import { preparePython, prepareModel } from './prepare';
import { ratiosOf, type Results, type Soak } from './results';
import { writeResultsPage } from './results-page';
import { runSubject } from './run-subject';
import { subjects, type Subject } from './subjects';

const usage = `Usage: npm run bench -- [--quick] [--rounds 4] [--minutes 12] [--only ours-fp32,original] [--soak fp32]

  --quick          100 photos, one round, no soak, results below bench/.work/: to see that all works
  --photos N       how many photos each subject turns into vectors, divided among the rounds (1000)
  --rounds N       how often each subject is run (4)
  --minutes N      begin no round that would not end within so many minutes (12); the soak comes on top
  --only IDS       only these subjects: ${subjects.map(({ id }) => id).join(', ')}
  --soak DTYPE     the number format in which 10,000 photos are run in one process (fp32), or none
  --model FOLDER   another model than the one made of random weights
  --work FOLDER    where photos, model and Python packages are made (bench/.work)`;

interface Options {
  quick: boolean;
  photos: number;
  rounds: number;
  minutes: number;
  only: string[];
  soak: string;
  model?: string;
  work: string;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        photos: { type: 'string' },
        rounds: { type: 'string' },
        minutes: { type: 'string', default: '12' },
        only: { type: 'string', default: subjects.map(({ id }) => id).join(',') },
        soak: { type: 'string' },
        model: { type: 'string' },
        work: { type: 'string', default: path.join(repositoryRoot, 'bench', '.work') },
      },
    });
    const { quick, model } = values;
    const options = {
      quick,
      photos: Number(values.photos ?? (quick ? 100 : 1000)),
      rounds: Number(values.rounds ?? (quick ? 1 : 4)),
      minutes: Number(values.minutes),
      only: values.only.split(','),
      soak: values.soak ?? (quick ? 'none' : 'fp32'),
      model: model === undefined ? undefined : path.resolve(model),
      work: path.resolve(values.work),
    };
    const { photos, rounds, minutes } = options;
    const isWhole = [photos, rounds].every((value) => Number.isInteger(value) && value > 0);
    return isWhole && photos >= rounds && minutes > 0 ? options : undefined;
  } catch {
    return undefined;
  }
}

function chosen(only: string[]): Subject[] {
  const unknown = only.filter((id) => !subjects.some((subject) => subject.id === id));
  if (unknown.length > 0) {
    throw new WorkshopError(
      `There is no subject ${unknown.join(', ')}: choose among ${subjects.map(({ id }) => id).join(', ')}.`,
    );
  }
  return subjects.filter(({ id }) => only.includes(id));
}

/** The same photos ten times in one process: its memory must not grow. */
async function soak(
  dtype: string,
  photos: string[],
  model: string,
  places: { work: string; python: string },
): Promise<Soak> {
  const repeated = Array.from({ length: 10 }, () => photos).flat();
  const task = { model, dtype, photos: repeated, texts: [] };
  const report = await runSubject(
    { id: 'soak', program: 'ours.ts', asInNotebooks: true },
    task,
    places,
  );
  const { rssMb = [], peakRssMb } = report;
  return {
    dtype,
    photos: repeated.length,
    rssMb: rssMb.map(Math.round),
    peakRssMb: Math.round(peakRssMb),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const measured = chosen(options.only);
  const { work, rounds, minutes } = options;
  await mkdir(work, { recursive: true });
  const needsPython = !options.model || measured.some(({ program }) => program.endsWith('.py'));
  const python = needsPython ? await preparePython(work) : '';
  const model = options.model ?? (await prepareModel(work, python));
  const photos = await step(`${options.photos} photos`, () =>
    makePhotos(path.join(work, 'photos'), options.photos),
  );

  const before = os.loadavg()[0] ?? NaN;
  const { results, rounds: done } = await measureRounds(measured, {
    ...{ model, photos, rounds, minutes, work, python },
    onRun(round, { id }, { photos: run }) {
      const speed = run ? (photos.length / rounds / run.seconds).toFixed(1) : '–';
      say(`  round ${round} of ${rounds}  ${id.padEnd(22)} ${speed.padStart(6)} photos/s`);
    },
  });
  const soaked =
    options.soak === 'none'
      ? undefined
      : await step(`${10 * photos.length} photos in one process`, () =>
          soak(options.soak, photos, model, { work, python }),
        );
  const after = os.loadavg()[0] ?? NaN;

  const given = process.argv.slice(2);
  const outcome: Results = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' '),
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
  const page = await writeResultsPage(path.join(folder, 'RESULTS.md'), outcome);
  console.log(page);
}

runScript(main);
