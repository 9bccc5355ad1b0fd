import type { ContentPair } from './all-pairs';

/** The pairs that were added, but for the least alike where they were too many. */
export interface MostAlike {
  /** A pair that was added before, whichever way round, is the same one. */
  add: (pair: ContentPair) => void;
  /** Most alike first. */
  pairs: () => ContentPair[];
  /** Whatever was added from this cosine on is among the pairs; -1 if all is. */
  completeFrom: () => number;
}

/** @param most how many pairs are kept, about 150 bytes each */
export function mostAlike(most: number): MostAlike {
  let kept = new Map<string, ContentPair>();
  let completeFrom = -1;
  const sorted = () => [...kept.values()].sort((a, b) => b.cosine - a.cosine);
  function drop(): void {
    if (kept.size <= most) return;
    const best = sorted().slice(0, most);
    kept = new Map(best.map((pair) => [keyOf(pair), pair]));
    completeFrom = best.at(-1)?.cosine ?? completeFrom;
  }
  return {
    add(pair) {
      if (pair.cosine < completeFrom) return;
      kept.set(keyOf(pair), pair);
      if (kept.size > 2 * most) drop(); // not at every pair, as sorting takes its time
    },
    pairs() {
      drop();
      return sorted();
    },
    completeFrom: () => completeFrom,
  };
}

function keyOf({ contents: [one, other] }: ContentPair): string {
  return one < other ? `${one}\n${other}` : `${other}\n${one}`;
}
