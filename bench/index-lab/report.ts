import type { LabResult, LabRow } from '../../further/index-lab/lab-result';
import { rowCells } from '../../further/index-lab/lab-result';
import { markdownTable } from '../markdown';

/** All of one run. */
interface LabReport {
  date: string;
  command: string;
  machine: Record<string, string>;
  /** Load of the machine (1 minute) before and after; the lab itself makes up to 2. */
  load: { before: number; after: number };
  seconds: number;
  results: LabResult[];
}

/** A graph that misses more than one neighbour in twenty is not an alternative. */
const goodRecall = 0.95;
/** What a search by text takes anyway, to turn the text into its vector (fp32, bench/RESULTS.md): so much is not missed. */
const unnoticedMs = 10;

/** The run in Markdown: what follows from it, then its tables. */
export function labReport({ date, command, machine, load, seconds, results }: LabReport): string {
  const known = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return [
    `\`${command}\`, ${date}, ${(seconds / 60).toFixed(1)} minutes. Load of the machine (1 minute) before ${load.before.toFixed(1)}, after ${load.after.toFixed(1)}. ${known.join('; ')}.\n`,
    '## What follows\n',
    ...results.map((result) => `- ${verdict(result)}`),
    '',
    ...results.flatMap(resultSection),
  ].join('\n');
}

/** Whether the graph is worth it, in a sentence of this run's figures. */
export function verdict({ vectors, rows, roundTripMs }: LabResult): string {
  const what = `**${vectors.count.toLocaleString('en')} ${vectors.name}:**`;
  const exact = rows.find(({ efSearch }) => efSearch === undefined);
  const good = rows.filter(({ efSearch, recall }) => efSearch !== undefined && recall >= goodRecall);
  const [quickest] = good.sort((a, b) => a.p50Ms - b.p50Ms);
  if (!exact) return `${what} exact search was not measured.`;
  if (!quickest) {
    return `${what} no graph reaches a recall of ${goodRecall}: search exactly, at ${ms(exact)} a search.`;
  }
  const figures =
    `exact search takes ${ms(exact)} (median), including ${roundTripMs.toFixed(1)} ms for the round trip; ` +
    `the quickest graph with a recall of ${goodRecall} or more ` +
    `(${quickest.configuration}, ef_search ${quickest.efSearch ?? ''}) takes ${ms(quickest)} and finds ${(100 * quickest.recall).toFixed(1)} % of the neighbours`;
  const saved = exact.p50Ms - quickest.p50Ms;
  if (saved < unnoticedMs) {
    return (
      `${what} **exact search is the right answer**: ${figures}. A graph would save ${saved.toFixed(1)} ms, ` +
      `less than the ${unnoticedMs} ms that the text's vector takes. Exact search has nothing to build or tune, and misses nothing.`
    );
  }
  // Comparing takes time in proportion to the number of vectors, a round trip does not.
  const msPerVector = (exact.p50Ms - roundTripMs) / vectors.count;
  const even = (quickest.p50Ms + unnoticedMs - roundTripMs) / msPerVector;
  return (
    `${what} **the graph is the right answer**: ${figures}, ${(exact.p50Ms / quickest.p50Ms).toFixed(0)} times as fast. ` +
    `Up to about ${(Math.round(even / 500) * 500).toLocaleString('en')} vectors it would save less than the ${unnoticedMs} ms that the text's vector takes, and exact search is enough.`
  );
}

const ms = ({ p50Ms }: LabRow) => `${p50Ms.toFixed(1)} ms`;

function resultSection({ vectors, rows, roundTripMs, refused }: LabResult): string[] {
  const head = ['index', 'ef_search', `recall@${vectors.k}`, 'p50, ms', 'p95, ms', 'bytes/vector', 'build, s'];
  return [
    `## ${vectors.count.toLocaleString('en')} ${vectors.name}\n`,
    `${vectors.queries} queries; vectors of ${vectors.dimension}. A search that compares nothing takes ${roundTripMs.toFixed(1)} ms.\n`,
    markdownTable(head, rows.map(rowCells)),
    ...refused.map(({ configuration, reason }) => `Without ${configuration}: ${reason}\n`),
  ];
}
