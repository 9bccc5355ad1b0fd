import { LRUCache } from 'lru-cache';
import { findDuplicates, nearGroups } from '../further/index';
import type { Library } from './library';

/** From this cosine on, photos are copies of each other: resized, cut a little, saved again. */
const copiesFrom = 0.97;

const silent = { update: () => undefined, finish: () => undefined };

const known = new LRUCache<string, Map<string, string>, Library>({
  max: 4,
  ttl: 600_000,
  fetchMethod: async (_name, _stale, { context: { client, index } }) => {
    const options = { index, lowest: copiesFrom, progress: silent };
    const { identical, near } = await findDuplicates(client, options);
    const groups = new Map<string, string>();
    for (const group of nearGroups(near, copiesFrom)) {
      for (const { id } of group) groups.set(id, group[0]?.id ?? id);
    }
    for (const group of identical) {
      const first = group[0]?.id ?? '';
      for (const { id } of group) groups.set(id, groups.get(first) ?? first);
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
