import type { JudgedSet, QueryKind } from './judged-set';

/** Kinds of queries that photos fit, as a reader tells them apart. */
const groups: Record<string, readonly QueryKind[]> = {
  'things and scenes': ['things'],
  'colours and light': ['colour', 'light'],
  combinations: ['combination'],
};

/**
 * A judged set with all of its queries, then, where there are several groups of queries that photos fit, with those of
 * each group: a mean over all says little where there are many more queries about colours than about things.
 *
 * @returns by what is to be said above the figures
 */
export function queryGroups(judged: JudgedSet): Record<string, JudgedSet> {
  const { queries } = judged;
  const parts = Object.entries(groups).flatMap(([name, kinds]) => {
    const ofGroup = queries.filter(({ kind }) => kinds.includes(kind));
    return ofGroup.length === 0 ? [] : [[name, { ...judged, queries: ofGroup }] as const];
  });
  return Object.fromEntries([['all queries', judged], ...(parts.length > 1 ? parts : [])]);
}
