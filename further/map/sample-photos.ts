import type { Client } from '@opensearch-project/opensearch';
import { photoPages } from '../indexed-photos';
import { seededRandom } from '../seeded-random';

/** A photo in an index, without its vector. */
export interface ListedPhoto {
  id: string;
  image_url: string;
}

/** The same draw each time. */
const seed = 1;

/**
 * Lists the photos in `index`, or `limit` of them drawn at random where there are more. Which ones are drawn follows
 * from the photos' names alone, so that an index made again gives the same ones.
 *
 * @param limit how many at most
 * @param always ids of photos that are not left out
 * @returns the photos in the order of `image_url`, and how many the index holds
 */
export async function samplePhotos(
  client: Client,
  { index, limit, always = [] }: { index: string; limit: number; always?: readonly string[] },
): Promise<{ photos: ListedPhoto[]; total: number }> {
  const all = await listPhotos(client, index);
  if (all.length <= limit) return { photos: all, total: all.length };
  const random = seededRandom(seed);
  const wanted = new Set(always);
  const drawn = all
    .map((photo) => ({ photo, ticket: random() - (wanted.has(photo.id) ? 1 : 0) }))
    .sort((a, b) => a.ticket - b.ticket)
    .slice(0, limit)
    .map(({ photo }) => photo);
  return { photos: drawn.sort(byName), total: all.length };
}

function byName(a: ListedPhoto, b: ListedPhoto): number {
  if (a.image_url !== b.image_url) return a.image_url < b.image_url ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** 250 bytes for each photo. */
async function listPhotos(client: Client, index: string): Promise<ListedPhoto[]> {
  const photos: ListedPhoto[] = [];
  for await (const page of photoPages(client, index, { size: 2000, _source: ['image_url'] })) {
    for (const { _id: id = '', _source } of page.hits.hits) {
      const { image_url } = (_source ?? {}) as { image_url?: unknown };
      if (typeof image_url === 'string') photos.push({ id, image_url });
    }
  }
  return photos.sort(byName);
}
