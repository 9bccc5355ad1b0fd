import type { Client } from '@opensearch-project/opensearch';
import { photoHits, type PhotoHit } from '../../lib/search';
import { photoPages } from '../indexed-photos';
import { seededRandom } from '../seeded-random';

/** A photo in an index, without its vector: 350 bytes. */
export interface ListedPhoto extends Pick<PhotoHit, 'id' | 'image_url'> {
  /** Of its file; undefined if another program has put it there without. */
  sha256?: string | undefined;
}

/** The same draw each time. */
const seed = 1;

/**
 * Lists the photos in `index`, or `limit` of them drawn at random where there are more. Which ones are drawn follows
 * from the photos' names alone: an index made again gives the same ones.
 *
 * @param limit how many at most
 * @param always ids of photos that are not left out
 * @returns the photos in the order of `image_url`, and how many the index holds
 */
export async function samplePhotos(
  client: Client,
  { index, limit, always = [] }: { index: string; limit: number; always?: readonly string[] },
): Promise<{ photos: ListedPhoto[]; total: number }> {
  const all: ListedPhoto[] = [];
  for await (const page of photoPages(client, index, { size: 2000, _source: ['image_url', 'sha256'] })) {
    for (const [at, { id, image_url }] of photoHits(page).entries()) {
      const { sha256 } = (page.hits.hits[at]?._source ?? {}) as { sha256?: string };
      all.push({ id, image_url, sha256 });
    }
  }
  const random = seededRandom(seed);
  const wanted = new Set(always);
  const tickets = all.map(({ id }) => random() - (wanted.has(id) ? 1 : 0));
  const last = [...tickets].sort((a, b) => a - b)[limit - 1] ?? Infinity;
  const photos = all.filter((_, i) => (tickets[i] ?? NaN) <= last).slice(0, limit);
  return { photos, total: all.length };
}
