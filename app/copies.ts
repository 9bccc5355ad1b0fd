import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { findDuplicates, nearGroups } from '../further/index';
import type { Library } from './library';

/** From this cosine on, photos are copies of each other: resized, cut a little, saved again. */
const copiesFrom = 0.97;
const one = pLimit(1); // at a time: an index that grows has its copies looked for again

const known = new LRUCache<string, Map<string, string>, Library>({
  max: 4,
  ttl: 600_000,
  fetchMethod: async (_name, _stale, { context: { client, index } }) => {
    const progress = { update: () => undefined, finish: () => undefined };
    const { identical, near } = await one(() => findDuplicates(client, { index, lowest: copiesFrom, progress }));
    const groups = new Map<string, string>();
    for (const group of [...nearGroups(near, copiesFrom), ...identical]) {
      const [first] = group.map(({ id }) => groups.get(id) ?? id);
      for (const { id } of group) groups.set(id, first ?? id);
    }
    return groups;
  },
});

/**
 * Which photos are copies of each other: for each, a name that its copies share. Looked for when first asked, which
 * takes a second for a thousand photos, and again when the index has grown.
 */
export async function copyGroups(library: Library): Promise<Map<string, string>> {
  const { body } = await library.client.count({ index: library.index });
  return known.forceFetch(`${library.index} ${body.count}`, { context: library });
}
