import type { API, Client } from '@opensearch-project/opensearch';
import { type PhotoHit, photoHits } from '../lib/search';
import { vectorOf } from './stored-vectors';

/** A photo with its vector, as an index has it. */
export interface IndexedPhoto {
  hit: PhotoHit;
  /** SHA-256 of its file; its `_id`, if another program has put it there without. */
  content: string;
  /** [dimension] */
  vector: Float32Array;
}

/**
 * All photos of an index with their vectors, see {@link photoPages}: memory stays the same, however many there are.
 *
 * @throws PhotoSearchError if there is no such index
 */
export async function* indexedPhotos(client: Client, index: string): AsyncGenerator<IndexedPhoto, void, undefined> {
  // A page is about 2.5 MB of JSON at 512 dimensions.
  for await (const page of photoPages(client, index, { size: 250 })) {
    const shown = photoHits(page);
    for (const [at, { _source }] of page.hits.hits.entries()) {
      const hit = shown[at];
      const vector = vectorOf(_source);
      const { sha256 } = (_source ?? {}) as { sha256?: string };
      if (hit && vector) yield { hit, content: sha256 ?? hit.id, vector };
    }
  }
}

/** How long the server is to keep the point in time from one page to the next. */
const keepAlive = '5m';

/**
 * All photos of an index that have a vector, in the order of `image_url`, page by page: there may be more than the
 * 10,000 that one search gives. They are those of the moment it began (a point in time), whatever is uploaded meanwhile.
 *
 * @param body photos on a page, and which fields of them
 * @throws PhotoSearchError if there is no such index
 */
export async function* photoPages(
  client: Client,
  index: string,
  body: Pick<NonNullable<API.Search_RequestBody>, '_source'> & { size: number },
): AsyncGenerator<API.Search_ResponseBody, void, undefined> {
  const created = await client.createPit({ index: [index], keep_alive: keepAlive });
  const id = created.body.pit_id;
  const filter = ['image_url', 'embedding'].map((field) => ({ exists: { field } }));
  try {
    let after: NonNullable<API.Search_RequestBody>['search_after'];
    do {
      const page = await client.search({
        body: {
          ...body,
          pit: { id, keep_alive: keepAlive },
          query: { bool: { filter } },
          sort: ['image_url', '_seq_no'],
          search_after: after,
          track_total_hits: false,
        },
      });
      yield page.body;
      const { hits } = page.body.hits;
      after = hits.length < body.size ? undefined : hits.at(-1)?.sort;
    } while (after);
  } finally {
    // If it can't be closed it ends by itself, and what went wrong before is what the reader has to know.
    await client.deletePit({ body: { pit_id: [id] } }).catch(() => undefined);
  }
}
