import { photoHits, type PhotoHit } from '../lib/index';
import type { Library } from './library';
import { problem } from './problem';

/** What the index says of a photo: as it was found lately, or asked for. @throws an error with an answer if it has none */
export async function knownPhoto({ client, index, known }: Library, id: string): Promise<PhotoHit> {
  const remembered = known.get(id);
  if (remembered) return remembered;
  const body = { size: 1, query: { ids: { values: [id] } }, _source: { excludes: ['embedding'] } };
  const [hit] = photoHits((await client.search({ index, body })).body);
  if (!hit) throw problem(404, 'request', 'There is no such photo in the index.');
  known.set(id, hit);
  return hit;
}
