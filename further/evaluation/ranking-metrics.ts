/** What a ranking is worth for one query. All from 0 to 1, more is better. */
export interface RankingScores {
  /** Share of all relevant photos that are among the first 1, 5, 10: with 4 relevant ones, recall@1 is at most 0.25. */
  recallAt1: number;
  recallAt5: number;
  recallAt10: number;
  /** Share of the first 10 that are relevant: with 4 relevant ones, at most 0.4. */
  precisionAt10: number;
  /** How high up the relevant photos stand among the first 10, against the best possible order. */
  ndcgAt10: number;
  /** 1 over the position of the first relevant photo. */
  reciprocalRank: number;
}

/**
 * Measures one ranking. A photo is relevant or not, there are no grades.
 *
 * Sources: recall and precision at k, and the mean reciprocal rank, in Manning, Raghavan and Schütze, "Introduction to
 * Information Retrieval", chapter 8, and Voorhees, "The TREC-8 Question Answering Track Report" (1999); nDCG in Järvelin and
 * Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the discount
 * 1 / log2(position + 1).
 *
 * @param ranking all photos, nearest first; those that are left out count as not found
 * @param relevant at least one
 * @throws RangeError if nothing is relevant, since there is nothing to find then
 */
export function rankingScores(ranking: readonly string[], relevant: ReadonlySet<string>): RankingScores {
  if (relevant.size === 0) throw new RangeError('A ranking without relevant photos has no score.');
  const foundAt = (k: number) => ranking.slice(0, k).filter((photo) => relevant.has(photo)).length;
  const first = ranking.findIndex((photo) => relevant.has(photo));
  return {
    recallAt1: foundAt(1) / relevant.size,
    recallAt5: foundAt(5) / relevant.size,
    recallAt10: foundAt(10) / relevant.size,
    precisionAt10: foundAt(10) / 10,
    ndcgAt10: ndcgAt(10, ranking, relevant),
    reciprocalRank: first === -1 ? 0 : 1 / (first + 1),
  };
}

function ndcgAt(k: number, ranking: readonly string[], relevant: ReadonlySet<string>): number {
  const discount = (at: number) => 1 / Math.log2(at + 2);
  let [gain, best] = [0, 0];
  for (let at = 0; at < k; at++) {
    if (relevant.has(ranking[at] ?? '')) gain += discount(at);
    if (at < relevant.size) best += discount(at);
  }
  return gain / best;
}
