import type { API, Client } from '@opensearch-project/opensearch';
import { type FilterClause, type PhotoHit, photoHits } from '../lib/search';

/** A photo with its vector, as an index has it. */
export interface IndexedPhoto {
  hit: PhotoHit;
  /** SHA-256 of its file; its `_id`, if another program has put it there without. */
  content: string;
  /** [dimension] */
  vector: Float32Array;
}

/** The vector in a document's `_source`, [dimension]; undefined if it has none. */
export function vectorOf(source: unknown): Float32Array | undefined {
  const { embedding } = (source ?? {}) as { embedding?: unknown };
  return Array.isArray(embedding) ? Float32Array.from(embedding as number[]) : undefined;
}

/**
 * All photos of an index with their vectors, see {@link photoPages}: memory stays the same, however many there are.
 *
 * @param ids which ones; default: all
 * @throws PhotoSearchError if there is no such index
 */
export async function* indexedPhotos(
  client: Client,
  index: string,
  ids?: string[],
): AsyncGenerator<IndexedPhoto, void, undefined> {
  // A page is about 2.5 MB of JSON at 512 dimensions.
  for await (const page of photoPages(client, index, { size: 250, ids })) {
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
 * @param options photos on a page, which fields of them, and which photos; default: all
 * @throws PhotoSearchError if there is no such index
 */
export async function* photoPages(
  client: Client,
  index: string,
  { size, _source, ids }: { size: number; _source?: string[]; ids?: string[] | undefined },
): AsyncGenerator<API.Search_ResponseBody, void, undefined> {
  const created = await client.createPit({ index: [index], keep_alive: keepAlive });
  const id = created.body.pit_id;
  const filter: FilterClause[] = ['image_url', 'embedding'].map((field) => ({ exists: { field } }));
  if (ids) filter.push({ ids: { values: ids } });
  try {
    let after: NonNullable<API.Search_RequestBody>['search_after'];
    do {
      const page = await client.search({
        body: {
          size,
          _source,
          pit: { id, keep_alive: keepAlive },
          query: { bool: { filter } },
          sort: ['image_url', '_seq_no'],
          search_after: after,
          track_total_hits: false,
        },
      });
      yield page.body;
      const { hits } = page.body.hits;
      after = hits.length < size ? undefined : hits.at(-1)?.sort;
    } while (after);
  } finally {
    // If it can't be closed it ends by itself, and what went wrong before is what the reader has to know.
    await client.deletePit({ body: { pit_id: [id] } }).catch(() => undefined);
  }
}
