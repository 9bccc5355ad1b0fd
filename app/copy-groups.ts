import { LRUCache } from 'lru-cache';
import { copyNames, findDuplicates, indexState } from '../further/index';
import type { Library } from './library';

/** From this cosine on, photos are copies of each other: resized, cut a little, saved again. */
const copiesFrom = 0.97;

/** By index, with the state that it was in. */
const known = new LRUCache<string, { groups: Map<string, string>; state: string }, Library & { state: string }>({
  max: 4,
  allowStale: true,
  ignoreFetchAbort: true,
  noDeleteOnFetchRejection: true,
  fetchMethod: async (index, _stale, { context: { client, state } }) => {
    const progress = { update: () => undefined, finish: () => undefined };
    const found = await findDuplicates(client, { index, lowest: copiesFrom, progress }).catch((error: unknown) => {
      console.error('Looking for copies:', error); // perhaps nobody waits for it any more
      throw error;
    });
    return { groups: copyNames(found, copiesFrom), state };
  },
});

/**
 * Which photos are copies of each other: for each, a name that its copies share. The first call looks for them, which
 * takes a second for a thousand photos. The first after a change looks again; until then, the old ones serve.
 */
export async function copyGroups(library: Library): Promise<Map<string, string>> {
  const { client, index } = library;
  const state = await indexState(client, index);
  const forceRefresh = known.peek(index)?.state !== state;
  return (await known.forceFetch(index, { context: { ...library, state }, forceRefresh })).groups;
}
