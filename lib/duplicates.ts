import type { Client } from '@opensearch-project/opensearch';
import { mapAhead } from './clip/map-ahead';
import { indexedPhotos, type IndexedPhoto } from './duplicates/indexed-photos';
import type { PhotoHit } from './photo-hit';
import { createProgress, type Progress } from './progress';
import { photoQuery } from './search';
import { cosineFromScore, indexSpaceType } from './search/space-type';

/** Two photos that the model sees as alike, though their files differ. */
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
  /** Pairs from this cosine on are complete; below, some photo had more neighbours than were asked for. */
  completeFrom: number;
}

export interface DuplicatesOptions {
  index: string;
  /** The least cosine of a pair, -1 to 1. Default 0.9. */
  lowest?: number;
  /** How many neighbours of each photo are asked for, 1 to 10,000. Default 30. */
  neighbours?: number;
  signal?: AbortSignal;
  /** Where it is seen how far it is. Default: a line of its own. */
  progress?: Progress;
}

/**
 * Finds photos that are in an index twice: byte-identical ones by their SHA-256, near-identical ones by their vectors.
 *
 * The index itself is asked for each photo's nearest neighbours. To compare every photo with every other is quicker for
 * a thousand (a fifth of the time), as quick for ten thousand, and from there on takes four times as long for twice as
 * many, with all vectors in memory; searches take twice as long. As k-NN in an HNSW graph is approximate, a pair may
 * be missed; but each is looked for from both of its ends.
 *
 * Memory: about 1 kB a photo, and a page of vectors.
 *
 * @throws WorkshopError if there is no such index; the signal's reason once that is aborted
 */
export async function findDuplicates(
  client: Client,
  { index, lowest = 0.9, neighbours = 30, signal, progress }: DuplicatesOptions,
): Promise<Duplicates> {
  const spaceType = await indexSpaceType(client, index);
  const total = (await client.count({ index })).body.count;
  const line = progress ?? createProgress({ label: 'Comparing', unit: 'photos', total });
  let photos = 0;
  /** The photos with the same file, by its hash. */
  const sameFile = new Map<string, PhotoHit[]>();

  async function* firstOfEach(): AsyncGenerator<IndexedPhoto, void, undefined> {
    for await (const photo of indexedPhotos(client, index)) {
      line.update(++photos);
      const others = sameFile.get(photo.content);
      if (others) others.push(photo.hit);
      else {
        sameFile.set(photo.content, [photo.hit]);
        yield photo;
      }
    }
  }

  /** Its nearest neighbours, without itself and the photos that are the same file. */
  async function askForNeighbours({ hit, content, vector }: IndexedPhoto) {
    const exclude = { ids: [hit.id], sha256: [content] };
    const body = { ...photoQuery(vector, neighbours, { exclude }), _source: ['sha256'] };
    const response = await client.search({ index, body });
    const nearest = response.body.hits.hits.map(({ _id = '', _score, _source }) => ({
      content: (_source as { sha256?: string } | undefined)?.sha256 ?? _id,
      cosine: cosineFromScore(Number(_score), spaceType),
    }));
    return { content, nearest };
  }

  const cosines = new Map<string, number>();
  let completeFrom = lowest;
  try {
    for await (const { content, nearest } of mapAhead(firstOfEach(), askForNeighbours, {
      ahead: searchesAtATime,
      signal,
    })) {
      for (const other of nearest) {
        if (other.cosine < lowest) continue;
        cosines.set([content, other.content].sort().join('\n'), other.cosine);
      }
      if (nearest.length === neighbours) {
        completeFrom = Math.max(completeFrom, nearest.at(-1)?.cosine ?? lowest);
      }
    }
  } finally {
    line.finish('');
  }

  const near = [...cosines].flatMap(([pair, cosine]): NearPair[] => {
    const [one, other] = pair.split('\n').map((content) => sameFile.get(content)?.[0]);
    // One that was uploaded a moment ago is not among those that were read.
    return one && other ? [{ photos: [one, other], cosine }] : [];
  });
  return {
    photos,
    identical: [...sameFile.values()]
      .filter((group) => group.length > 1)
      .map((group) => group.map((photo) => ({ ...photo, cosine: 1 }))),
    near: near.sort((a, b) => b.cosine - a.cosine),
    completeFrom,
  };
}

/** More would only wait in the queue of a small server. */
const searchesAtATime = 4;
