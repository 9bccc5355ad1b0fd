import type { Client } from '@opensearch-project/opensearch';
import { allPairs } from './all-pairs';
import { indexedPhotos, type IndexedPhoto } from '../indexed-photos';
import { mostAlike } from './most-alike';
import { neighbourPairs } from './neighbour-pairs';
import { indexSpaceType, type PhotoHit } from '../../lib/search';
import { createProgress, type Progress } from '../../console/progress';

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

export interface DuplicatesOptions {
  index: string;
  /** The least cosine of a pair, -1 to 1. Default 0.9. */
  lowest?: number;
  /** Up to this many photos, each is compared with every other; beyond, neighbours are searched. Default 5,000. */
  compareUpTo?: number;
  /** How many neighbours of each photo are searched then, 1 to 10,000. Default 30. */
  neighbours?: number;
  /** How many pairs are kept, the most alike. Default 100,000. */
  most?: number;
  signal?: AbortSignal;
  /** Shows how far the work is. Default: a line of its own. */
  progress?: Progress;
}

/**
 * Finds photos that are in an index twice: byte-identical ones by their SHA-256, near-identical ones by their vectors.
 *
 * Up to 5,000 photos, each is compared with every other. That is exact and, for a thousand photos, twice as fast as
 * searching for each photo's neighbours. But it takes four times as long for twice as many photos, while a search takes
 * much the same time for any number: for 10,000, searching needs a quarter less. Beyond 5,000, the index is asked.
 *
 * Memory: about 1 kB a photo, 2 kB more for its vector while all are compared, and the pairs.
 *
 * @throws PhotoSearchError if there is no such index; the signal's reason once that is aborted
 */
export async function findDuplicates(
  client: Client,
  { index, lowest = 0.9, compareUpTo = 5000, neighbours = 30, most = 100_000, signal, progress }: DuplicatesOptions,
): Promise<Duplicates> {
  const spaceType = await indexSpaceType(client, index);
  const total = (await client.count({ index })).body.count;
  const line = progress ?? createProgress({ label: 'Comparing', unit: 'photos', total });
  let photos = 0;
  let completeFrom = lowest;
  const onMore = (cosine: number) => {
    completeFrom = Math.max(completeFrom, cosine);
  };
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

  const pairs =
    total <= compareUpTo
      ? allPairs(firstOfEach(), lowest)
      : neighbourPairs(client, firstOfEach(), {
          index,
          spaceType,
          lowest,
          neighbours,
          onMore,
          signal,
        });
  const alike = mostAlike(most);
  try {
    for await (const pair of pairs) alike.add(pair);
  } finally {
    line.finish('');
  }

  const near = alike.pairs().flatMap(({ contents, cosine }): NearPair[] => {
    const [one, other] = contents.map((content) => sameFile.get(content)?.[0]);
    // One that was uploaded a moment ago is not among those that were read.
    return one && other ? [{ photos: [one, other], cosine }] : [];
  });
  onMore(alike.completeFrom());
  return {
    photos,
    identical: [...sameFile.values()]
      .filter((group) => group.length > 1)
      .map((group) => group.map((photo) => ({ ...photo, cosine: 1 }))),
    near,
    completeFrom,
  };
}
