import { setImmediate } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import { createProgress, type Progress } from '../../console/progress';
import { mapAhead } from '../../lib/photo/map-ahead';
import { cosineFromScore, indexSpaceType, type PhotoHit, photoQuery } from '../../lib/search';
import { dotProduct } from '../dot-product';
import { photoFilter } from '../filter/photo-filter';
import { indexedPhotos, type IndexedPhoto } from '../indexed-photos';

/** Two photos that look alike to the model, although their files differ. */
export interface NearPair {
  photos: [PhotoHit, PhotoHit];
  /** Of the angle between their vectors. */
  cosine: number;
}

/** What {@link findDuplicates} found. */
export interface Duplicates {
  /** How many photos were compared. */
  photos: number;
  /** Photos whose files are the same, byte for byte: two or more in each group. */
  identical: PhotoHit[][];
  /** Pairs of photos that look alike, most alike first. Of byte-identical photos only the first takes part. */
  near: NearPair[];
  /** All pairs from this cosine on are there; below it, there were too many to examine or to keep. */
  completeFrom: number;
}

interface DuplicatesOptions {
  index: string;
  /** The least cosine of a pair, -1 to 1. Default 0.9. */
  lowest?: number;
  /** Up to this many photos, each is compared with every other; beyond, neighbours are searched. Default 5,000. */
  compareUpTo?: number;
  signal?: AbortSignal;
  /** Shows how far the work is. Default: a line of its own. */
  progress?: Progress;
}

/** Two photos by what their files hold, see {@link IndexedPhoto}. */
interface ContentPair {
  contents: [string, string];
  cosine: number;
}

/** How many of each photo are searched, where not all photos are compared. */
const neighbours = 30;
/** How many pairs are kept, the most alike: about 150 bytes each. */
const mostPairs = 100_000;
/** More would only wait in the queue of a small server. */
const searchesAtATime = 4;

/**
 * Finds photos that are in an index twice: byte-identical ones by their SHA-256, near-identical ones by their vectors.
 *
 * Up to 5,000 photos, each is compared with every other. That is exact and, for a thousand photos, twice as fast as
 * searching for each photo's neighbours. But it takes four times as long for twice as many photos, while a search takes
 * much the same time for any number: for 10,000, searching needs a quarter less. Beyond 5,000, the index is asked. As
 * k-NN in an HNSW graph is approximate, a pair may be missed then; but each is looked for from both of its ends.
 *
 * Memory: about 1 kB a photo, 2 kB more for its vector while all are compared, and the pairs.
 *
 * @throws PhotoSearchError if there is no such index; the signal's reason once that is aborted
 */
export async function findDuplicates(
  client: Client,
  { index, lowest = 0.9, compareUpTo = 5000, signal, progress }: DuplicatesOptions,
): Promise<Duplicates> {
  const spaceType = await indexSpaceType(client, index);
  const total = (await client.count({ index })).body.count;
  const line = progress ?? createProgress({ label: 'Comparing', unit: 'photos', total });
  let photos = 0;
  /** The photos with the same file, by its hash. */
  const sameFile = new Map<string, PhotoHit[]>();

  async function* firstOfEach(): AsyncGenerator<IndexedPhoto, void, undefined> {
    for await (const photo of indexedPhotos(client, index)) {
      signal?.throwIfAborted();
      line.update(++photos);
      const others = sameFile.get(photo.content);
      if (others) others.push(photo.hit);
      else {
        sameFile.set(photo.content, [photo.hit]);
        yield photo;
      }
    }
  }

  const compared: Pick<IndexedPhoto, 'content' | 'vector'>[] = [];
  async function compare({ content, vector }: IndexedPhoto): Promise<ContentPair[]> {
    await setImmediate(); // a server that does this answers others meanwhile
    const pairs: ContentPair[] = [];
    for (const other of compared) {
      const cosine = dotProduct(vector, other.vector);
      if (cosine >= lowest) pairs.push({ contents: [other.content, content], cosine });
    }
    compared.push({ content, vector });
    return pairs;
  }

  /** Its nearest neighbours, without itself and the photos that are the same file. */
  async function askForNeighbours({ hit, content, vector }: IndexedPhoto): Promise<ContentPair[]> {
    const filter = photoFilter({}, { ids: [hit.id], sha256: [content] });
    const body = { ...photoQuery(vector, neighbours, { filter }), _source: ['sha256'] };
    const response = await client.search({ index, body });
    return response.body.hits.hits.map(({ _id = '', _score, _source }) => {
      const other = (_source as { sha256?: string } | undefined)?.sha256 ?? _id;
      return { contents: [content, other], cosine: cosineFromScore(Number(_score), spaceType) };
    });
  }

  const asks = total > compareUpTo;
  let kept = new Map<string, ContentPair>();
  let [keptFrom, completeFrom] = [lowest, lowest];
  function dropLeastAlike(): void {
    const best = [...kept].sort(([, a], [, b]) => b.cosine - a.cosine).slice(0, mostPairs);
    if (best.length < kept.size) keptFrom = best.at(-1)?.[1].cosine ?? keptFrom;
    kept = new Map(best);
  }
  try {
    const options = { ahead: searchesAtATime, signal };
    for await (const pairs of mapAhead(firstOfEach(), asks ? askForNeighbours : compare, options)) {
      const near = pairs.filter(({ cosine }) => cosine >= lowest);
      // There may be more that are near enough.
      if (asks && near.length === neighbours) completeFrom = Math.max(completeFrom, near.at(-1)?.cosine ?? NaN);
      for (const pair of near) if (pair.cosine >= keptFrom) kept.set([...pair.contents].sort().join('\n'), pair);
      if (kept.size > 2 * mostPairs) dropLeastAlike(); // not each time, as sorting takes its time
    }
  } finally {
    line.finish('');
  }
  dropLeastAlike();

  const near = [...kept.values()].flatMap(({ contents, cosine }): NearPair[] => {
    const [one, other] = contents.map((content) => sameFile.get(content)?.[0]);
    // One that was uploaded a moment ago is not among those that were read.
    return one && other ? [{ photos: [one, other], cosine }] : [];
  });
  const identical = [...sameFile.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map((photo) => ({ ...photo, cosine: 1 })));
  return { photos, identical, near, completeFrom: Math.max(completeFrom, keptFrom) };
}
