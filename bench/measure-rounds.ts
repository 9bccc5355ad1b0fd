import { queries } from './queries';
import type { SubjectResult } from './results';
import { runSubject } from './run-subject';
import { cosine, spread, type Spread } from './statistics';
import type { Subject } from './subjects';
import type { Report } from './subjects/measure';

interface RoundsOptions {
  /** Folder of the model. */
  model: string;
  /** Divided among the rounds: in a round all subjects have the same ones. */
  photos: string[];
  rounds: number;
  /** No further round is begun that would not end within so many minutes. */
  minutes: number;
  work: string;
  python: string;
  onRun: (round: number, subject: Subject, report: Report) => void;
}

/** What a subject reported in a round, for photos and for texts. */
interface Runs {
  photoCount: number;
  photos: Report;
  texts?: Report;
}

/**
 * Runs all subjects in turn, round by round: what else the machine does then hits all of them alike. Every other
 * round is in reverse, and none profits from its place.
 *
 * @returns what was measured, and how many rounds there was time for
 */
export async function measureRounds(
  subjects: Subject[],
  { model, photos, rounds, minutes, work, python, onRun }: RoundsOptions,
): Promise<{ results: SubjectResult[]; rounds: number }> {
  const runs = new Map<Subject, Runs[]>(subjects.map((subject) => [subject, []]));
  const perRound = Math.floor(photos.length / rounds);
  const start = performance.now();
  let done = 0;
  while (done < rounds) {
    const ofRound = photos.slice(done * perRound, (done + 1) * perRound);
    for (const subject of done % 2 === 0 ? subjects : [...subjects].reverse()) {
      const task = { model, dtype: subject.dtype };
      const run = (photos: string[], texts: string[]) =>
        runSubject(subject, { ...task, photos, texts }, { work, python });
      const report = await run(ofRound, []);
      onRun(done + 1, subject, report);
      const texts = subject.texts ? await run([], queries) : undefined;
      runs.get(subject)?.push({ photoCount: ofRound.length, photos: report, texts });
    }
    done += 1;
    const minutesGone = (performance.now() - start) / 60_000;
    if (minutesGone + minutesGone / done > minutes) break;
  }
  const original = runs.get(subjects.find(({ id }) => id === 'original') ?? ({} as Subject));
  const results = [...runs].map(([subject, ofSubject]) => summarise(subject, ofSubject, original));
  return { results, rounds: done };
}

function summarise(subject: Subject, runs: Runs[], original?: Runs[]): SubjectResult {
  const { id, name, dtype, ceiling = false } = subject;
  return {
    id,
    name,
    dtype,
    ceiling,
    photosPerSecond: spreadOf(runs, (run) =>
      run.photos.photos ? run.photoCount / run.photos.photos.seconds : undefined,
    ),
    cpuMsPerPhoto: spreadOf(runs, (run) =>
      run.photos.photos ? (1000 * run.photos.photos.cpuSeconds) / run.photoCount : undefined,
    ),
    textMs: spreadOf(runs, ({ texts }) => texts?.textMs && spread(texts.textMs).median),
    loadSeconds: spreadOf(runs, ({ photos }) => photos.loadSeconds),
    textLoadSeconds: spreadOf(runs, ({ texts }) => texts?.loadSeconds),
    peakRssMb: Math.round(Math.max(...runs.map(({ photos }) => photos.peakRssMb))),
    photoCosine: leastCosine(runs, original, ({ photos }) => photos.photoVectors),
    textCosine: leastCosine(runs, original, ({ texts }) => texts?.textVectors),
  };
}

function spreadOf(runs: Runs[], value: (run: Runs) => number | undefined): Spread | undefined {
  const values = runs.map(value).filter((measured) => measured !== undefined);
  return values.length > 0 ? spread(values) : undefined;
}

/** To the original's vectors of the same photos or texts. */
function leastCosine(
  runs: Runs[],
  original: Runs[] | undefined,
  vectors: (run: Runs) => number[][] | undefined,
): number | undefined {
  const cosines = runs.flatMap((run, round) => {
    const theirs = original?.[round] && vectors(original[round]);
    return (vectors(run) ?? []).map((vector, i) => cosine(vector, theirs?.[i] ?? []));
  });
  return original && cosines.length > 0 ? Math.min(...cosines) : undefined;
}
