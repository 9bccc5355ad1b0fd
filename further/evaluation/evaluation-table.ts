import { textTable } from '../../console/text-table';
import { evaluateQueries, type Evaluation } from './evaluate-queries';
import type { JudgedSet } from './judged-set';
import { seededRandom, shuffled } from '../seeded-random';

const columns = [
  ['recall@1', 'recallAt1'],
  ['recall@5', 'recallAt5'],
  ['recall@10', 'recallAt10'],
  ['precision@10', 'precisionAt10'],
  ['nDCG@10', 'ndcgAt10'],
  ['MRR', 'reciprocalRank'],
] as const;

/**
 * What any ranking of the judged photos lies between: photos in random order, and all that fit before all others.
 * (Where many photos fit, no ranking can find all of them among the first ten.)
 */
async function references(judged: JudgedSet): Promise<[string, Evaluation][]> {
  const random = seededRandom(1);
  const relevant = new Map(judged.queries.map((query) => [query.text, query.relevant]));
  const repeated = { ...judged, queries: Array.from({ length: 20 }, () => judged.queries).flat() };
  const chance = await evaluateQueries(repeated, () => shuffled(judged.photos, random));
  const best = await evaluateQueries(judged, (text) => {
    const fitting = relevant.get(text) ?? new Set();
    return [...fitting, ...judged.photos.filter((photo) => !fitting.has(photo))];
  });
  return [
    ['by chance', chance],
    ['best possible', best],
  ];
}

function row(name: string, evaluation: Evaluation, withInterval: boolean): string[] {
  const cells = columns.map(([, metric]) => {
    const { mean, low, high } = evaluation[metric];
    const interval = withInterval ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : '';
    return `${mean.toFixed(2)}${interval}`;
  });
  return [name, ...cells];
}

/**
 * Evaluations as a table of text: for each metric the mean over the queries and its 95 % bootstrap interval; below
 * them what chance would give, and the best that any ranking could.
 *
 * @param evaluations by the names of their rows
 */
export async function evaluationTable(evaluations: Record<string, Evaluation>, judged: JudgedSet): Promise<string> {
  return textTable([
    ['', ...columns.map(([head]) => head)],
    ...Object.entries(evaluations).map(([name, evaluation]) => row(name, evaluation, true)),
    ...(await references(judged)).map(([name, evaluation]) => row(name, evaluation, false)),
  ]);
}
