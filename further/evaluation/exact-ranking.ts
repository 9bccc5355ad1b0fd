import type { Clip } from '../../lib/clip';
import { embedPhotos } from '../../lib/embed-photos';
import { PhotoSearchError } from '../../lib/errors';
import type { Photo } from '../../lib/photos';
import { dotProduct } from '../dot-product';
import type { RankPhotos } from './evaluate-queries';

/** A photo's name below the photos folder, and its vector, [dimension]. */
export interface NamedVector {
  name: string;
  vector: Float32Array;
}

/**
 * Embeds the photos of these names.
 *
 * @param photos what `findPhotos` found
 * @throws PhotoSearchError if one of them is missing or can't be used, since all were judged
 */
export async function embedJudgedPhotos(
  clip: Clip,
  photos: readonly Photo[],
  names: readonly string[],
): Promise<NamedVector[]> {
  const byName = new Map(photos.map((photo) => [photo.name, photo]));
  const judged = names.map((name) => {
    const photo = byName.get(name);
    if (photo) return photo;
    throw new PhotoSearchError(`The judged photo ${name} is not among the ${photos.length} found.`);
  });
  const embedded: NamedVector[] = [];
  for await (const one of embedPhotos(clip, judged)) {
    if ('problem' in one) {
      throw new PhotoSearchError(`The judged photo ${one.photo.name} can't be used: ${one.problem}.`);
    }
    embedded.push({ name: one.photo.name, vector: one.vector });
  }
  return embedded;
}

/** Photos by how near they are to a vector, nearest first: each is compared with it, nothing is approximate. */
export function ranked(vector: Float32Array, photos: readonly NamedVector[]): NamedVector[] {
  return photos
    .map((photo) => ({ photo, cosine: dotProduct(vector, photo.vector) }))
    .sort((a, b) => b.cosine - a.cosine)
    .map(({ photo }) => photo);
}

/** Ranks photos by comparing the text with every one of them, in memory. */
export function exactRanking(clip: Clip, photos: readonly NamedVector[]): RankPhotos {
  return async (text) => ranked(await clip.embedText(text), photos).map(({ name }) => name);
}
