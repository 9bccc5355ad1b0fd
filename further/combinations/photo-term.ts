import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../../lib/clip';
import { readableVector } from '../../lib/vectors';
import { PhotoSearchError } from '../../lib/errors';
import { fromHome } from '../../clip-model/from-home';
import { hashFile, imageUrlPrefix } from '../../lib/photos';
import { readPixels } from '../../lib/pixels';
import { normalForms, type ExcludedPhotos } from '../filter/photo-filter';
import { vectorOf } from '../indexed-photos';

/** A photo that is searched with. */
export interface PhotoTerm {
  /** [dimension], of length 1 */
  vector: Float32Array;
  /** The photo itself, which is not to be among its own results. */
  itself: ExcludedPhotos;
}

/** Where photos are looked for. */
export interface PhotoPlaces {
  index: string;
  /** The folder that the index's photos lie in, absolute. */
  photosDir: string;
  /** Most pixels of a photo that is read from its file, see `openPhoto`. */
  limitPixels?: number;
}

/**
 * The vector of a photo: the stored one if the index has the photo; else the photo is read from its file and
 * encoded.
 *
 * @param name the photo's `_id` or `image_url`, or the path of a file, relative to the current folder or from the home
 * folder (`~/`). The index is asked first; `./name` is a file for certain.
 * @throws PhotoSearchError if there is no such photo, or it can't be read
 */
export async function photoTerm(
  clip: Clip,
  client: Client,
  { index, photosDir, limitPixels }: PhotoPlaces,
  name: string,
): Promise<PhotoTerm> {
  const file = path.resolve(fromHome(name));
  const inside = path.relative(photosDir, file).split(path.sep).join('/');
  const names = [...normalForms(name), ...normalForms(imageUrlPrefix + inside)];
  const [stored] = await readPhotoVectors(client, index, names, 1);
  if (stored) return { vector: stored.vector, itself: { ids: [stored.id] } };
  if ((await stat(file).catch(() => undefined))?.isFile() !== true) {
    throw new PhotoSearchError(
      `There is no photo '${name}': index '${index}' has none with this id or image_url, and ${file} is not a file. ` +
        'Take an id from the results of a search, or the path of a file.',
    );
  }
  const vector = await embedPhoto(clip, file, limitPixels);
  return { vector, itself: { sha256: [(await hashFile(file)).sha256] } };
}

/**
 * The vector of a photo that is in no index, [dimension], of length 1.
 *
 * @param photo a file's path, or its bytes
 * @throws PhotoSearchError if it can't be read
 */
export async function embedPhoto(clip: Clip, photo: string | Uint8Array, limitPixels?: number): Promise<Float32Array> {
  const pixels = await readPixels(photo, clip.input, { limitPixels });
  const [vector] = await clip.embedPixels([pixels]);
  if (!vector) throw new Error('no vector for a photo');
  return vector;
}

/** A photo's vector, as an index has it. */
export interface PhotoVector {
  id: string;
  /** [dimension], of length 1 */
  vector: Float32Array;
}

/** The vectors of photos with these ids, then of those with such an address: the first `size` that the index has. */
export async function readPhotoVectors(
  client: Client,
  index: string,
  names: string[],
  size: number,
): Promise<PhotoVector[]> {
  const { body } = await client.search({
    index,
    body: {
      size,
      _source: ['embedding'],
      query: {
        bool: {
          should: [{ ids: { values: names, boost: 2 } }, { terms: { image_url: names } }],
          filter: [{ exists: { field: 'embedding' } }],
          minimum_should_match: 1,
        },
      },
    },
  });
  return body.hits.hits.flatMap(({ _id: id, _source }) => {
    const vector = vectorOf(_source);
    return id !== undefined && vector ? [{ id, vector: readableVector(vector) }] : [];
  });
}
