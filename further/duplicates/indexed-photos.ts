import type { API, Client } from '@opensearch-project/opensearch';
import { type PhotoHit, photoHits } from '../../lib/search';

/** A photo with its vector, as an index has it. */
export interface IndexedPhoto {
  hit: PhotoHit;
  /** SHA-256 of its file; its `_id`, if another program has put it there without. */
  content: string;
  /** [dimension] */
  vector: Float32Array;
}

/** About 2.5 MB of JSON at 512 dimensions. */
const photosPerPage = 250;
/** How long the server is to keep the point in time from one page to the next. */
const keepAlive = '5m';

/**
 * All photos of an index with their vectors, in the order of `image_url`, page by page: memory stays the same, and
 * there may be more than the 10,000 that one search gives. They are those of the moment it began (a point in time),
 * whatever is uploaded meanwhile.
 *
 * @throws PhotoSearchError if there is no such index
 */
export async function* indexedPhotos(client: Client, index: string): AsyncGenerator<IndexedPhoto, void, undefined> {
  const created = await client.createPit({ index: [index], keep_alive: keepAlive });
  const id = created.body.pit_id;
  try {
    let after: API.Search_RequestBody['search_after'];
    for (;;) {
      const page = await client.search({
        body: {
          size: photosPerPage,
          pit: { id, keep_alive: keepAlive },
          query: {
            bool: {
              filter: [{ exists: { field: 'image_url' } }, { exists: { field: 'embedding' } }],
            },
          },
          sort: ['image_url', '_seq_no'],
          search_after: after,
          track_total_hits: false,
        },
      });
      const { hits } = page.body.hits;
      const shown = photoHits(page.body);
      for (const [at, { _source }] of hits.entries()) {
        const hit = shown[at];
        const { sha256, embedding } = (_source ?? {}) as { sha256?: string; embedding?: number[] };
        if (hit && embedding) {
          yield { hit, content: sha256 ?? hit.id, vector: Float32Array.from(embedding) };
        }
      }
      after = hits.at(-1)?.sort;
      if (hits.length < photosPerPage) return;
    }
  } finally {
    // If it can't be closed it ends by itself, and what went wrong before is what the reader has to know.
    await client.deletePit({ body: { pit_id: [id] } }).catch(() => undefined);
  }
}
