import { fork } from 'node:child_process';
import { PhotoSearchError } from '../../lib/errors';
import { UploadError, type UploadReport } from '../../lib/upload';
import type { Progress } from '../../console/progress';
import { partOfPart, type Part } from './part';

/** What a worker tells its parent: how many photos are settled, and in the end what became of them. */
type Told = { done: number } | { report: UploadReport };

/** Whether this process was started by `runWorkers`. */
export function isWorker(): boolean {
  return process.send !== undefined && process.env.INGEST_WORKER === 'yes';
}

export function tellParent(told: Told): void {
  process.send?.(told);
}

/** Ends this process, a worker, if the one that reads its report is killed. */
export function endWithParent(): void {
  if (!process.connected) process.exit(1); // killed while this one was loading
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref(); // it does not keep this process alive
}

interface WorkersOptions {
  /** The program that each runs. */
  file: string;
  /** The words of its command line, without the part. */
  words: readonly string[];
  workers: number;
  /** Of the photos, which the workers divide among themselves. */
  part: Part;
  /** Interrupts them. */
  signal: AbortSignal;
  progress: Progress;
}

/**
 * Has several processes do a part each of `part`, and adds up what they report. Each is a run of the command with a
 * smaller part: they need no coordinator, and the next run does what a killed one has left.
 *
 * @throws PhotoSearchError if one ended early: the others have done theirs
 * @throws UploadError where all have reported, but OpenSearch refused photos
 */
export async function runWorkers({
  file,
  words,
  workers,
  part,
  signal,
  progress,
}: WorkersOptions): Promise<UploadReport> {
  signal.throwIfAborted();
  const done = Array.from({ length: workers }, () => 0);
  const ends = await Promise.all(
    done.map(async (_, i) => {
      const { number, of } = partOfPart(part, { number: i + 1, of: workers });
      const smaller = `${number}/${of}`;
      const child = fork(file, [...words, '--part', smaller], {
        // By its path: npm run was perhaps called in a folder from where there is no tsx.
        execArgv: [`--require=${require.resolve('tsx/cjs')}`],
        env: { ...process.env, INGEST_WORKER: 'yes' },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // A terminal's Ctrl-C then reaches this process alone, like any other SIGINT; a second one would kill them.
        detached: true,
      });
      signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
      let errors = '';
      child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
      let report: UploadReport | undefined;
      child.on('message', (told: Told) => {
        if ('report' in told) report = told.report;
        else {
          done[i] = told.done;
          progress.update(done.reduce((sum, value) => sum + value, 0));
        }
      });
      const end = await new Promise<string>((resolve) => {
        child.on('error', (error) => {
          resolve(error.message);
        });
        child.on('close', (code, signal) => {
          resolve(signal ?? `exit code ${code ?? '?'}`);
        });
      });
      return { smaller, report, problem: report && end === 'exit code 0' ? undefined : errors.trim() || end };
    }),
  );
  const failed = ends.filter(({ problem }) => problem !== undefined);
  progress.finish(failed.length > 0 ? `${failed.length} of ${workers} workers ended early` : undefined);
  const reports = ends.flatMap(({ report }) => (report ? [report] : []));
  const report = sumReports(reports);
  if (failed.length > 0) {
    const message =
      `${failed.length} of ${workers} workers ended early; run it again to continue with the rest.` +
      failed.map(({ smaller, problem }) => `\n  part ${smaller}: ${problem ?? ''}`).join('');
    throw reports.length === workers ? new UploadError(message, report) : new PhotoSearchError(message);
  }
  return report;
}

/** What several uploads did, as one; they took as long as the longest. */
function sumReports(reports: readonly UploadReport[]): UploadReport {
  const sum = (count: 'indexed' | 'unchanged' | 'replaced' | 'moved' | 'removed') =>
    reports.reduce((total, report) => total + report[count], 0);
  return {
    indexed: sum('indexed'),
    unchanged: sum('unchanged'),
    replaced: sum('replaced'),
    moved: sum('moved'),
    removed: sum('removed'),
    // Two parts may hold a copy of the same photo.
    warnings: [...new Map(reports.flatMap(({ warnings }) => warnings).map((one) => [one.imageUrl, one])).values()],
    skipped: reports.flatMap(({ skipped }) => skipped),
    dropped: reports.flatMap(({ dropped }) => dropped),
    seconds: Math.max(0, ...reports.map(({ seconds }) => seconds)),
  };
}
