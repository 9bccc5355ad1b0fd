import type { Client } from '@opensearch-project/opensearch';
import { readBackground } from '../judging/background';
import type { Clip } from '../../lib/clip';
import { combineVectors } from './combine-vectors';
import { WorkshopError } from '../../lib/errors';
import { assertSameModel, indexModel } from '../../lib/index-model';
import { judgeHits, type Judgement, type TextEvidence } from '../judging/judge-hits';
import type { PhotoHit } from '../../lib/photo-hit';
import { mostHits, searchPhotos, type ExcludedPhotos } from '../../lib/search';
import { equalSay } from './equal-say';
import type { PhotoFilter } from '../../lib/search/filter';
import { photoTerm, storedPhoto, type PhotoPlaces, type PhotoTerm } from './photo-term';
import { unknownTermsNotice } from './unknown-terms';
import { whyNoPhotos } from './why-no-photos';
import { calibrationFor } from '../judging/calibration';
import { wordVectors } from '../judging/word-vectors';
import { describeTerms, weightedTerms, type SearchTerms, type WeightedTerm } from './terms';

type Notice = (sentence: string) => void;

/** What to search for. At least one of `text`, `like`, `plus` and `minus` is given. */
export interface SearchRequest extends SearchTerms {
  /** Only among these photos. */
  filter?: PhotoFilter;
  /** Photos on a page. Default 3. */
  k?: number;
  /** Default 1. `k` times `page` is at most 10,000. */
  page?: number;
}

/**
 * What was found. `verdict`, `sentence` and `gap` are the whole search's: they are the same on every page. The sentence
 * also names words that were not read, where a text is longer than the model's context.
 */
export interface SearchResult extends Judgement {
  /** The search in one line. */
  query: string;
  /** What was searched with, [dimension], of length 1. */
  vector: Float32Array;
  /** What it was made of. */
  terms: WeightedTerm[];
}

/**
 * Makes the function that searches an index of photos, by text, by photo, or by several of both.
 *
 * @example
 * const search = photoSearch(clip, client, { index: 'photos', photosDir: settings.photosDir });
 * await search({ text: 'red flowers' });
 * await search({ like: 'photos/red-zinnias.jpg', minus: 'green' });
 * await search({ text: 'a beach', plus: { photo: 'my-own.jpg' }, filter: { orientation: 'portrait' }, page: 2 });
 */
export function photoSearch(
  clip: Clip,
  client: Client,
  places: PhotoPlaces,
): (request: SearchRequest) => Promise<SearchResult> {
  const { index } = places;
  const photoTermOf = ({ kind, name }: WeightedTerm, notice: Notice): Promise<PhotoTerm> =>
    kind === 'photo' ? photoTerm(clip, client, places, name) : textTerm(clip, name, notice);

  return async function search({ filter = {}, k = 3, page = 1, ...request }) {
    const terms = weightedTerms(request);
    assertWhole('k', k);
    assertWhole('page', page);
    assertSameModel(index, await indexModel(client, index), clip.identity);

    const found: PhotoTerm[] = [];
    const unread: string[] = [];
    for (const term of terms) {
      found.push(await photoTermOf(term, (sentence) => unread.push(sentence)));
    }
    const background = (await readBackground(client, index)).filter(
      (other) => !found.some(({ vector }) => isSame(vector, other)),
    );
    const vectors = found.map(({ vector }) => vector);
    const vector = sumOf(terms, vectors, background);
    const exclude = itself(found);
    const nearest = (page: number) =>
      searchPhotos(client, { index, vector, k, filter, exclude, page });

    const first = await nearest(1);
    const hits = page === 1 ? first : await nearest(page);
    const text = await textEvidence(clip, client, index, terms, first);
    const query = { vector, background, identity: clip.identity, text };
    const judgement = {
      ...judgeHits(first, query),
      ...{ query: describeTerms(terms), vector, terms },
    };
    if (hits.length > 0) {
      const unknown = await unknownTermsNotice(clip, terms, background);
      const sentence = [judgement.sentence, unknown, ...unread].filter(Boolean).join(' ');
      return { ...judgement, sentence, hits: judgeHits(hits, query).hits };
    }
    const why =
      first.length > 0
        ? `There are no more photos: page ${page} begins after the last one.`
        : await whyNoPhotos(client, index, filter);
    return { ...judgement, hits: [], sentence: [why, ...unread].join(' ') };
  };
}

async function textTerm(clip: Clip, text: string, notice: Notice): Promise<PhotoTerm> {
  return { vector: await clip.embedText(text, { notice }), itself: {} };
}

/** What the verdict on a search by text alone needs; undefined for others, and where no verdict is calibrated. */
async function textEvidence(
  clip: Clip,
  client: Client,
  index: string,
  [only, ...others]: readonly WeightedTerm[],
  [first]: readonly PhotoHit[],
): Promise<TextEvidence | undefined> {
  if (only?.kind !== 'text' || only.weight <= 0 || others.length > 0 || !first) return undefined;
  if (!calibrationFor(clip.identity)) return { words: [], best: new Float32Array() };
  const best = await storedPhoto(client, index, [first.id]);
  return best && { words: await wordVectors(clip, only.name), best: best.vector };
}

/** A single term is searched with as it is. */
function sumOf(
  terms: readonly WeightedTerm[],
  vectors: readonly Float32Array[],
  background: readonly Float32Array[],
): Float32Array {
  const [only, ...others] = vectors;
  if (only && others.length === 0 && (terms[0]?.weight ?? 0) > 0) return only;
  const factors = equalSay(vectors, background);
  return combineVectors(
    vectors.map((vector, i) => ({
      vector,
      weight: (terms[i]?.weight ?? 0) * (factors[i] ?? 1),
    })),
  );
}

/** Bit for bit: a photo that is searched with does not belong to the background that its hits are compared with. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => value === b[i]);
}

function itself(found: readonly PhotoTerm[]): ExcludedPhotos {
  return {
    ids: found.flatMap(({ itself }) => itself.ids ?? []),
    sha256: found.flatMap(({ itself }) => itself.sha256 ?? []),
  };
}

function assertWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= mostHits) return;
  throw new WorkshopError(`${name} is ${value}: it must be a whole number from 1 to ${mostHits}.`);
}
