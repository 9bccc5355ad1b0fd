import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../../lib/clip';
import { searchPhotos, type FilterClause, type PhotoHit } from '../../lib/search';
import { photoFilter, type ExcludedPhotos, type PhotoFilter } from '../filter/photo-filter';
import { calibrationFor } from '../judging/calibration';
import { judgeHits, type Judgement, type TextEvidence } from '../judging/judge-hits';
import { modelParts, wordMeanings } from '../judging/word-meanings';
import { combineVectors } from './combine-vectors';
import { equalSay } from './equal-say';
import { readPhotoVectors, type PhotoTerm } from './photo-term';
import { describeTerms, type WeightedTerm } from './terms';
import { unknownWordsNotice } from '../judging/unknown-words';

/** A term of a search with its vector. */
export interface FoundTerm extends WeightedTerm, PhotoTerm {
  /** What the reader should know about it: words that were not read. */
  notice?: string;
}

interface TermSearchOptions {
  index: string;
  /** At least one. */
  terms: readonly FoundTerm[];
  /** [photos, dimension], from `readBackground`. */
  background: readonly Float32Array[];
  filter?: PhotoFilter;
  /** Photos on a page. */
  k: number;
  page: number;
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
  /** Sentences of `sentence` that name words which the model does not know, or has not read. */
  notices: string[];
}

/**
 * Searches with terms whose vectors are known: the nearest photos to their weighted sum, judged.
 *
 * @throws PhotoSearchError if the terms cancel each other out; else see `photoQuery`
 */
export async function searchByTerms(
  clip: Clip,
  client: Client,
  { index, terms, background: sample, filter = {}, k, page }: TermSearchOptions,
): Promise<SearchResult> {
  const background = sample.filter((other) => !terms.some(({ vector }) => isSame(vector, other)));
  const vector = sumOf(terms, background);
  const condition = photoFilter(filter, itself(terms));
  const nearest = (k: number, page: number) => searchPhotos(client, { index, vector, k, filter: condition, page });

  const first = await nearest(Math.max(k, judgedHits), 1);
  const hits = page === 1 ? first.slice(0, k) : await nearest(k, page);
  const text = await textEvidence(clip, client, { index, body: { query: condition } }, terms, first);
  const query = { vector, background, identity: clip.identity, text };
  const plain = terms.map(({ kind, name, weight }) => ({ kind, name, weight }));
  const judgement = { ...judgeHits(first, query), query: describeTerms(terms), vector, terms: plain };
  const unread = terms.flatMap(({ notice }) => notice ?? []);
  if (hits.length > 0) {
    const notices = [...(await unknownTerms(clip, terms, background)), ...unread];
    const sentence = [judgement.sentence, ...notices].join(' ');
    return { ...judgement, notices, sentence, hits: judgeHits(hits, query).hits };
  }
  const why =
    first.length > 0
      ? `There are no more photos: page ${page} begins after the last one.`
      : await whyNoPhotos(client, index, filter);
  return { ...judgement, notices: unread, hits: [], sentence: [why, ...unread].join(' ') };
}

/** The verdict is about this many hits, however many are asked for. */
const judgedHits = 3;

/** What a text is searched with. */
export async function textTerm(clip: Clip, text: string): Promise<PhotoTerm & Pick<FoundTerm, 'notice'>> {
  let unread: string | undefined;
  const notice = (sentence: string) => (unread = sentence);
  return { vector: await clip.embedText(text, { notice }), itself: {}, notice: unread };
}

/**
 * What the verdict on a search by text alone needs; undefined for others, and where no verdict is calibrated.
 *
 * @param among the photos that were searched
 */
async function textEvidence(
  clip: Clip,
  client: Client,
  among: { index: string; body: { query: FilterClause | undefined } },
  [only, ...others]: readonly WeightedTerm[],
  first: readonly PhotoHit[],
): Promise<TextEvidence | undefined> {
  if (only?.kind !== 'text' || only.weight <= 0 || others.length > 0 || first.length === 0) return undefined;
  if (!calibrationFor(clip.identity)) return { words: [], hits: [], photos: 0 };
  const ids = first.slice(0, judgedHits).map(({ id }) => id);
  const [{ body }, stored, words] = await Promise.all([
    client.count(among),
    readPhotoVectors(client, among.index, ids, ids.length),
    wordMeanings(clip, only.name, modelParts(clip.identity)),
  ]);
  const hits = ids.flatMap((id) => stored.find((photo) => photo.id === id)?.vector ?? []);
  return hits.length === 0 ? undefined : { words, hits, photos: body.count };
}

/** A single term is searched with as it is. */
function sumOf(terms: readonly FoundTerm[], background: readonly Float32Array[]): Float32Array {
  const [only, ...others] = terms;
  if (only && others.length === 0 && only.weight > 0) return only.vector;
  const factors = equalSay(
    terms.map(({ vector }) => vector),
    background,
  );
  return combineVectors(terms.map(({ vector, weight }, i) => ({ vector, weight: weight * (factors[i] ?? 1) })));
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

/** A sentence for each text of a search of which the model does not know some words. */
async function unknownTerms(
  clip: Clip,
  terms: readonly WeightedTerm[],
  background: readonly Float32Array[],
): Promise<string[]> {
  const notices: string[] = [];
  for (const { kind, name } of terms) {
    const notice = kind === 'text' && (await unknownWordsNotice(clip, name, background, terms.length === 1));
    if (notice) notices.push(notice);
  }
  return notices;
}

/**
 * Why a search has found nothing at all, as a sentence: a k-NN search finds the nearest photos, however far.
 * Therefore there must be none to find.
 */
async function whyNoPhotos(client: Client, index: string, filter: PhotoFilter): Promise<string> {
  const { body } = await client.count({ index, body: { query: { exists: { field: 'embedding' } } } });
  if (body.count === 0) {
    return `Index '${index}' holds no photos yet: notebook 2 uploads the workshop's, npm run own a folder of yours.`;
  }
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return isFiltered ? 'No photo matches the filter.' : `Index '${index}' holds only the photos you searched with.`;
}
