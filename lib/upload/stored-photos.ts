import type { API, Client } from '@opensearch-project/opensearch';
import { largestPage } from '../index-info';
import { describeModel, type ModelIdentity } from '../model-identity';
import type { Photo } from '../photos';
import { creditDigest, creditFields, type PhotoDocument } from '../photos/document';
import { imageUrlPrefix } from '../photos/file';
import { photoId } from '../photos/id';

/** What an index knows of a photo, as far as an upload needs it: about 250 bytes each. */
export interface StoredPhoto {
  /** The photo's path below the photos folder. */
  name: string;
  /** Of the file that its vector was made from. */
  sha256: string;
  /** See {@link creditDigest}. */
  credit: string;
  /** Whether it has a vector, of the model that is asked for. */
  hasVector: boolean;
}

/** Whether the index has a photo of this content as an upload would write it. */
export function isStored(
  stored: StoredPhoto,
  { imageUrl, credit }: Pick<Photo, 'imageUrl' | 'credit'>,
  sha256: string,
): boolean {
  return (
    stored.hasVector &&
    stored.sha256 === sha256 &&
    stored.credit === creditDigest({ image_url: imageUrl, ...credit })
  );
}

/**
 * Lists the photos in `index`, without their vectors. Documents that no upload of ours made (their id does not follow
 * from their `image_url`) are left out, so that they are never touched.
 *
 * @returns the photos by `_id`
 */
export async function readStoredPhotos(
  client: Client,
  index: string,
  identity: ModelIdentity,
): Promise<Map<string, StoredPhoto>> {
  // What was written a moment ago, by a killed upload for example, is not seen by a search otherwise.
  await client.indices.refresh({ index });
  const model = describeModel(identity);
  const stored = new Map<string, StoredPhoto>();
  for await (const hits of pages(client, index, { match_all: {} })) {
    for (const { _id: id = '', _source } of hits) {
      const document = (_source ?? {}) as Partial<PhotoDocument>;
      const url = document.image_url;
      if (typeof url !== 'string' || !url.startsWith(imageUrlPrefix)) continue;
      const name = url.slice(imageUrlPrefix.length);
      if (photoId(name) !== id) continue;
      stored.set(id, {
        name,
        sha256: document.sha256 ?? '',
        credit: creditDigest(document),
        hasVector: document.model === model,
      });
    }
  }
  const withoutVector = { bool: { must_not: { exists: { field: 'embedding' } } } };
  for await (const hits of pages(client, index, withoutVector)) {
    for (const { _id: id = '' } of hits) {
      const photo = stored.get(id);
      if (photo) photo.hasVector = false;
    }
  }
  return stored;
}

/** Page after page in the order of `image_url`: each request stands alone, so that it can be sent again. */
async function* pages(
  client: Client,
  index: string,
  query: API.Search_RequestBody['query'],
): AsyncGenerator<API.Search_ResponseBody['hits']['hits']> {
  let after: string | undefined;
  do {
    const page = await client.search({
      index,
      body: {
        size: largestPage,
        query,
        sort: ['image_url'],
        search_after: after === undefined ? undefined : [after],
        _source: { includes: [...creditFields, 'sha256', 'model'] },
        track_total_hits: false,
      },
    });
    const { hits } = page.body.hits;
    yield hits;
    // Documents without an image_url come last.
    const last: unknown = hits.at(-1)?.sort?.[0];
    after = typeof last === 'string' ? last : undefined;
  } while (after !== undefined);
}
