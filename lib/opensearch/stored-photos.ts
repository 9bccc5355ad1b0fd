import { createHash } from 'node:crypto';
import type { API, Client } from '@opensearch-project/opensearch';
import { describeModel, type ModelIdentity } from '../model/model-identity';
import { creditKeys } from '../photo/photo-credits';
import { imageUrlPrefix, type Photo, photoId } from '../photos';
import { type IndexInfo, readIndexInfo } from './index-info';
import { type Patience, patiently } from './patiently';
import type { PhotoDocument } from './photo-document';

/** What an index knows of a photo, as far as an upload needs it: about 250 bytes each. */
export interface StoredPhoto {
  /** The photo's path below the photos folder. */
  name: string;
  /** Of the file that its vector was made from. */
  sha256: string;
  /** A digest of its credit, see {@link isStored}. */
  creditDigest: string;
  /** Whether it has a vector, of the model that is asked for. */
  hasVector: boolean;
}

/** The fields that may change while the file stays the same. */
const comparedFields = ['image_url', ...creditKeys] as const;

/** Short: changed credits are seen without keeping all of them in memory. */
function digestCredit(document: Partial<PhotoDocument>): string {
  const values = comparedFields.map((field) => document[field] ?? null);
  return createHash('sha256').update(JSON.stringify(values)).digest('base64').slice(0, 16);
}

/** Whether the index has a photo with this content, credit and model; what else its document says follows from these. */
export function isStored(stored: StoredPhoto | undefined, { imageUrl, credit }: Photo, sha256: string): boolean {
  return (
    stored?.hasVector === true &&
    stored.sha256 === sha256 &&
    (credit === undefined || stored.creditDigest === digestCredit({ image_url: imageUrl, ...credit }))
  );
}

/** Photos that are listed by one request, where the index allows so many. */
const mostOnPage = 2000;

/**
 * Lists the photos in `index`, without their vectors. It leaves out documents from elsewhere (their id does not follow
 * from their `image_url`), so uploads never touch them.
 *
 * @returns the photos by `_id`
 */
export async function readStoredPhotos(
  client: Client,
  index: string,
  identity: ModelIdentity,
  patience: Patience = { patienceMs: 60_000, signal: new AbortController().signal },
): Promise<Map<string, StoredPhoto>> {
  // Otherwise a search misses what was written a moment ago, by a killed upload for example.
  await patiently(() => client.indices.refresh({ index }), patience);
  const info = await patiently(() => readIndexInfo(client, index), patience);
  const size = Math.min(mostOnPage, Number(info?.settings['index.max_result_window'] ?? mostOnPage));
  const model = describeModel(identity);
  const stored = new Map<string, StoredPhoto>();
  let after: API.Search_RequestBody['search_after'];
  do {
    // Page after page in the order of `image_url`, and of the documents that share one: each request stands alone,
    // so it can be sent again.
    const body: API.Search_RequestBody = {
      size,
      // All documents; `matched_queries` tells which of them have a vector.
      query: {
        bool: {
          must: { match_all: {} },
          should: { exists: { field: 'embedding', _name: 'has a vector' } },
        },
      },
      sort: ['image_url', '_seq_no'],
      ...(after && { search_after: after }),
      _source: { includes: [...comparedFields, 'sha256', 'model'] },
      track_total_hits: false,
    };
    const page = await patiently(() => client.search({ index, body }), patience);
    const { hits } = page.body.hits;
    for (const { _id: id = '', _source, matched_queries } of hits) {
      const document = (_source ?? {}) as Partial<PhotoDocument>;
      const { image_url: url, sha256 = '' } = document;
      if (typeof url !== 'string' || !url.startsWith(imageUrlPrefix)) continue;
      const name = url.slice(imageUrlPrefix.length);
      if (photoId(name) !== id) continue;
      const hasVector = document.model === model && matched_queries !== undefined;
      stored.set(id, { name, sha256, creditDigest: digestCredit(document), hasVector });
    }
    // Documents without an image_url come last.
    after = hits.at(-1)?.sort;
  } while (typeof after?.[0] === 'string');
  return stored;
}

/**
 * Reads what the index holds for a content: its vector, bit for bit as uploaded, and what its document says about
 * it. So a renamed photo needs no decoding and no encoding.
 *
 * @param wanted the document that has it, and the content and model that it must have been made from
 * @returns undefined if the document is gone, or has another content by now; `vector` is [dimension]
 * @throws the client's error if the server fails; the signal's reason once that is aborted
 */
export async function readStoredContent(
  client: Client,
  wanted: { index: string; id: string; sha256: string; identity: ModelIdentity },
  patience: Patience,
): Promise<{ vector: Float32Array; facts: PhotoDocument } | undefined> {
  const { index, id, sha256, identity } = wanted;
  const { body } = await patiently(() => client.get({ index, id }, { ignore: [404] }), patience);
  const { embedding, ...facts } = (body._source ?? {}) as unknown as PhotoDocument & { embedding?: number[] };
  if (facts.sha256 !== sha256 || facts.model !== describeModel(identity)) return undefined;
  if (embedding?.length !== identity.dimension || !Array.isArray(facts.colours)) return undefined;
  const vector = Float32Array.from(embedding);
  return vector.every(Number.isFinite) ? { vector, facts } : undefined;
}

/** Why an index may not hold a document as it was sent: an ingest pipeline can drop or change what was accepted. */
export function whyLost({ index, settings }: IndexInfo): string {
  const pipelines = ['index.default_pipeline', 'index.final_pipeline'].filter(
    (name) => (settings[name] ?? '_none') !== '_none',
  );
  const taken = 'OpenSearch accepted it, but the index does not hold what was sent';
  if (pipelines.length === 0) return `${taken}: did another program change or delete it meanwhile?`;
  const named = pipelines.map((name) => `'${settings[name]}' (${name})`).join(' and ');
  const off = pipelines.map((name) => `"${name}": null`).join(', ');
  return (
    `${taken}: the index's ingest pipeline ${named} drops or changes documents. ` +
    `Remove it from the index with PUT ${index}/_settings { ${off} }`
  );
}
