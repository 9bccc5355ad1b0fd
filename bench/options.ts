import path from 'node:path';
import { parseArgs } from 'node:util';
import { PhotoSearchError } from '../lib/errors';
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

/**
 * Reads the command line.
 *
 * @returns undefined if it can't be understood
 * @throws PhotoSearchError naming a subject that there is not
 */
export function readOptions(): Options | undefined {
  try {
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
    const options = {
      quick,
      photos: Number(values.photos ?? (quick ? 100 : 1000)),
      rounds: Number(values.rounds ?? (quick ? 1 : 4)),
      minutes: Number(values.minutes),
      subjects: chosen(values.only.split(',')),
      soak: values.soak ?? (quick ? 'none' : 'fp32'),
      model: model === undefined ? undefined : path.resolve(model),
      work: path.resolve(values.work),
    };
    const { photos, rounds, minutes } = options;
    const isWhole = [photos, rounds].every((value) => Number.isInteger(value) && value > 0);
    return isWhole && photos >= rounds && minutes > 0 ? options : undefined;
  } catch (error) {
    if (error instanceof PhotoSearchError) throw error;
    return undefined;
  }
}

function chosen(only: string[]): Subject[] {
  const unknown = only.filter((id) => !subjects.some((subject) => subject.id === id));
  if (unknown.length > 0) {
    throw new PhotoSearchError(
      `There is no subject ${unknown.join(', ')}: choose among ${subjects.map(({ id }) => id).join(', ')}.`,
    );
  }
  return subjects.filter(({ id }) => only.includes(id));
}
