import type { Client } from '@opensearch-project/opensearch';
import { photoFilter } from '../filter/photo-filter';
import { mapAhead } from '../../lib/embed-photos';
import { cosineFromScore, photoQuery, type SpaceType } from '../../lib/search';
import type { ContentPair } from './all-pairs';
import type { IndexedPhoto } from '../indexed-photos';

export interface NeighbourPairsOptions {
  index: string;
  spaceType: SpaceType;
  /** The least cosine of a pair. */
  lowest: number;
  /** How many neighbours of each photo are asked for, 1 to 10,000. */
  neighbours: number;
  /** Called with the cosine of the last neighbour where there may be more that are near enough. */
  onMore: (cosine: number) => void;
  signal?: AbortSignal;
}

/** More would only wait in the queue of a small server. */
const searchesAtATime = 4;

/**
 * Asks the index for each photo's nearest neighbours: no vector has to be kept. As k-NN in an HNSW graph is
 * approximate, a pair may be missed; but each is looked for, and found, from both of its ends.
 */
export async function* neighbourPairs(
  client: Client,
  photos: AsyncIterable<IndexedPhoto>,
  { index, spaceType, lowest, neighbours, onMore, signal }: NeighbourPairsOptions,
): AsyncGenerator<ContentPair, void, undefined> {
  /** Its nearest neighbours, without itself and the photos that are the same file. */
  async function askForNeighbours({ hit, content, vector }: IndexedPhoto): Promise<ContentPair[]> {
    const filter = photoFilter({}, { ids: [hit.id], sha256: [content] });
    const body = { ...photoQuery(vector, neighbours, { filter }), _source: ['sha256'] };
    const response = await client.search({ index, body });
    return response.body.hits.hits.map(({ _id = '', _score, _source }) => {
      const other = (_source as { sha256?: string } | undefined)?.sha256 ?? _id;
      return { contents: [content, other], cosine: cosineFromScore(Number(_score), spaceType) };
    });
  }

  for await (const pairs of mapAhead(photos, askForNeighbours, {
    ahead: searchesAtATime,
    signal,
  })) {
    const near = pairs.filter(({ cosine }) => cosine >= lowest);
    yield* near;
    const last = near.at(-1);
    if (last && near.length === neighbours) onMore(last.cosine);
  }
}
