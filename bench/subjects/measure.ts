// What each subject in TypeScript does the same: read its task, run a clock, and report in one line of JSON.
import { readFileSync } from 'node:fs';

/** What a subject is given: the path of this as JSON is its last argument. */
interface Task {
  /** Folder of the model in transformers.js layout. */
  model: string;
  /** Number format of the weights: fp32, fp16, q8. */
  dtype: string;
  /** Files to turn into vectors. */
  photos: string[];
  /** Queries to turn into vectors, one at a time. */
  texts: string[];
}

/** What a subject prints. */
export interface Report {
  /** From the program's own modules being loaded to its first vector, in seconds. */
  loadSeconds: number;
  /** All photos, without loading the model. Seconds on the clock, and of all processor cores added up. */
  photos?: { seconds: number; cpuSeconds: number };
  /** Milliseconds that each text took, after a first one that is not counted. */
  textMs?: number[];
  /** Most memory that the process has held, in MB (10^6 bytes). */
  peakRssMb: number;
  /** Memory during each thousand photos (median), in MB: only of a soak. */
  rssMb?: number[];
  /** Vectors of the first photos and of the first texts, to see that all subjects compute the same. */
  photoVectors?: number[][];
  textVectors?: number[][];
}

/** How many vectors of each kind are reported. */
export const samples = 8;

export function readTask(): Task {
  return JSON.parse(readFileSync(process.argv.at(-1) ?? '', 'utf8')) as Task;
}

/** @returns what `work` gave, and how long it took */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number; cpuSeconds: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { result, seconds, cpuSeconds: (user + system) / 1e6 };
}

/** Embeds texts one by one; the first is not counted. */
export async function timeTexts(
  texts: string[],
  embed: (text: string) => Promise<ArrayLike<number>>,
): Promise<Pick<Report, 'textMs' | 'textVectors'>> {
  if (texts.length === 0) return {};
  await embed('a photo');
  const textMs: number[] = [];
  const textVectors: number[][] = [];
  for (const text of texts) {
    const { result, seconds } = await timed(() => embed(text));
    textMs.push(seconds * 1000);
    if (textVectors.length < samples) textVectors.push(Array.from(result));
  }
  return { textMs, textVectors };
}

export function rssMb(): number {
  return process.memoryUsage.rss() / 1e6;
}

export function report(measured: Omit<Report, 'peakRssMb'>): void {
  // maxRSS is in KiB.
  const peakRssMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  process.stdout.write(`${JSON.stringify({ ...measured, peakRssMb })}\n`);
}
