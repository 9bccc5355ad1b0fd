import { createHash } from 'node:crypto';
import type { ModelIdentity } from '../../lib/model/model-identity';
import { type Photo, photoId } from '../../lib/photos';
import { photoDocument, type PhotoDocument } from '../../lib/opensearch/photo-document';

/** The model that the made-up photos' vectors claim to come from. */
export const identity: ModelIdentity = {
  model: 'made-up/photo-like-vectors',
  revision: '0'.repeat(40),
  dtype: 'fp32',
  preprocessing: '1',
  dimension: 512,
};

/** Widths lie evenly between these two: a filter by width can let through any share. */
const [narrowest, widths] = [1000, 1000];

/** A filter that lets through this share of the made-up photos, 0 to 1, wherever their vectors lie. */
export function filterOf(share: number): { minWidth: number } {
  return { minWidth: narrowest + Math.round(widths * (1 - share)) };
}

/** Whether the photo at `position` fulfils `filterOf(share)`. */
export function isLetThrough(position: number, share: number): boolean {
  return widthOf(position) >= filterOf(share).minWidth;
}

/** Of a thousand photos in a row each has another width: 617 and 1,000 have no common divisor. */
function widthOf(position: number): number {
  return narrowest + ((position * 617) % widths);
}

/** The photo at `position`, with a credit, and its document, as long as those of the workshop's own photos. */
export function madeUpPhoto(position: number): { id: string; document: PhotoDocument } {
  const sha256 = createHash('sha256').update(String(position)).digest('hex');
  const name = `${sha256.slice(0, 2)}/photo-${String(position).padStart(9, '0')}.jpg`;
  const photo: Photo = {
    id: photoId(name),
    name,
    path: '',
    imageUrl: `photos/${name}`,
    credit: {
      title: `A made-up photo, number ${position}`,
      author: `Author ${position % 997}`,
      licence: 'CC-BY-SA-4.0',
      licence_url: 'https://creativecommons.org/licenses/by-sa/4.0/',
      source_url: `https://example.org/photos/${sha256.slice(0, 16)}`,
    },
  };
  const file = {
    ...({ width: widthOf(position), height: 1500, orientation: 'landscape', sha256 } as const),
    bytes: 60_000 + (position % 40_000),
    colours: ['blue', 'green', 'white'] as PhotoDocument['colours'],
  };
  return { id: photo.id, document: photoDocument(photo, file, identity) };
}
