import path from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../tools/understand';
import { repositoryRoot } from '../workshop/settings';
import { subjects, type Subject } from './subjects';

export const usage = `Usage: npx tsx bench/bench.ts [--quick] [--rounds 4] [--minutes 12] [--only ours-fp32,original] [--soak fp32]

  --quick          100 photos, one round, no soak, results below bench/.work/: to see that all works
  --photos N       how many photos each subject turns into vectors, divided among the rounds (1000)
  --rounds N       how often each subject is run (4)
  --minutes N      begin no round that would not end within so many minutes (10); the soak comes on top
  --only IDS       only these subjects: ${subjects.map(({ id }) => id).join(', ')}
  --soak DTYPE     the number format in which one process uploads 10,000 photos to an OpenSearch (fp32), or none
  --model FOLDER   another model than the one made of random weights
  --work FOLDER    where photos, model and Python packages are made (bench/.work)`;

interface Options {
  quick: boolean;
  photos: number;
  rounds: number;
  minutes: number;
  subjects: Subject[];
  soak: string;
  model?: string;
  work: string;
}

/** @throws Error saying what is wrong with the command line */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      photos: { type: 'string' },
      rounds: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      only: { type: 'string', default: subjects.map(({ id }) => id).join(',') },
      soak: { type: 'string' },
      model: { type: 'string' },
      work: { type: 'string', default: path.join(repositoryRoot, 'bench', '.work') },
    },
  });
  const { quick, model } = values;
  const photos = wholeNumber('--photos', values.photos) ?? (quick ? 100 : 1000);
  const rounds = wholeNumber('--rounds', values.rounds) ?? (quick ? 1 : 4);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}.`);
  if (photos < rounds) throw new Error(`--photos must be ${rounds} or more, one for each round.`);
  return {
    quick,
    photos,
    rounds,
    minutes,
    subjects: chosen(values.only.split(',')),
    soak: values.soak ?? (quick ? 'none' : 'fp32'),
    model: model === undefined ? undefined : path.resolve(model),
    work: path.resolve(values.work),
  };
}

function chosen(only: string[]): Subject[] {
  const unknown = only.filter((id) => !subjects.some((subject) => subject.id === id));
  if (unknown.length > 0) {
    throw new Error(
      `There is no subject ${unknown.join(', ')}: choose among ${subjects.map(({ id }) => id).join(', ')}.`,
    );
  }
  return subjects.filter(({ id }) => only.includes(id));
}
