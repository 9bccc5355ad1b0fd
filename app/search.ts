import { photoHits, type PhotoHit } from '../lib/index';
import { mostHits } from '../lib/search';
import {
  photoFilter,
  searchByTerms,
  storedPhoto,
  textTerm,
  type FoundTerm,
  type JudgedHit,
  type PhotoFilter,
} from '../further/index';
import { copyGroups } from './copies';
import { decodeVector } from './dropped-photo';
import type { Library } from './library';
import { problem } from './problem';
import { shownPhoto } from './shown-photo';
import type { SearchAnswer, SearchQuery } from './types';

type Found = Omit<SearchAnswer, 'photos'> & { hits: (PhotoHit | JudgedHit)[] };

/** The photos that a visitor asks for; all of them, by name, where nothing is searched for. */
export async function search(library: Library, query: SearchQuery): Promise<SearchAnswer> {
  const { q, like, drop, fold, k, ...conditions } = query;
  const terms = await foundTerms(library, { q, like, drop });
  const filter = conditions as PhotoFilter;
  const { hits, ...answer } = await (terms.length > 0
    ? nearest(library, terms, filter, k)
    : browse(library, filter, k));
  for (const hit of hits) library.known.set(hit.id, hit);
  if (hits.length === mostHits) {
    answer.notices.push(`These are the first ${mostHits} photos: a filter brings others to the front.`);
  }
  const groups = fold ? await copyGroups(library) : undefined;
  const photos = hits.map((hit) => ({ ...shownPhoto(hit, answer.verdict), group: groups?.get(hit.id) }));
  return { photos, ...answer };
}

async function foundTerms(
  { clip, client, index }: Library,
  { q, like, drop }: Pick<SearchQuery, 'q' | 'like' | 'drop'>,
): Promise<FoundTerm[]> {
  const terms: FoundTerm[] = [];
  const text = q.trim();
  if (text !== '') terms.push({ kind: 'text', name: text, weight: 1, ...(await textTerm(clip, text)) });
  for (const [weight, id] of like.map(weightAndRest)) {
    const stored = await storedPhoto(client, index, [id]);
    if (!stored) throw problem(404, 'request', 'A photo of this search is no longer in the index.');
    terms.push({ kind: 'photo', name: id, weight, vector: stored.vector, itself: { ids: [stored.id] } });
  }
  for (const [weight, code] of drop.map(weightAndRest)) {
    const vector = decodeVector(code, clip.dimension);
    terms.push({ kind: 'photo', name: 'your photo', weight, vector, itself: {} });
  }
  return terms;
}

function weightAndRest(value: string): [weight: number, rest: string] {
  return [parseFloat(value), value.slice(value.indexOf(':') + 1)];
}

async function nearest(library: Library, terms: FoundTerm[], filter: PhotoFilter, k: number): Promise<Found> {
  const { clip, client, index, background } = library;
  const found = await searchByTerms(clip, client, { index, terms, background, filter, k, page: 1 });
  const { hits, verdict, sentence, notices } = found;
  if (hits.length === 0) return { hits, verdict: 'nothing', sentence, notices };
  return { hits, verdict, sentence: plainly(verdict, terms), reasons: sentence, notices };
}

/** The verdict without figures. Of a search by text it is calibrated; of others only what is striking can be said. */
function plainly(verdict: 'strong' | 'weak' | 'nothing', terms: readonly FoundTerm[]): string {
  if (terms.some(({ kind }) => kind === 'photo')) {
    return verdict === 'strong'
      ? 'These come close to what you put together.'
      : 'These are the nearest to what you put together.';
  }
  return {
    strong: 'What you describe is probably among these.',
    weak: 'Perhaps one of these shows it.',
    nothing: 'Probably no photo here shows this; these are the nearest.',
  }[verdict];
}

async function browse({ client, index }: Library, filter: PhotoFilter, k: number): Promise<Found> {
  const { body } = await client.search({
    index,
    body: {
      size: k,
      query: { bool: { filter: [{ exists: { field: 'embedding' } }, photoFilter(filter) ?? { match_all: {} }] } },
      sort: ['image_url', '_seq_no'],
      _source: { excludes: ['embedding'] },
      track_total_hits: true,
    },
  });
  const { total } = body.hits;
  const count = typeof total === 'object' ? total.value : NaN;
  const sentence = count === 1 ? '1 photo' : `${count.toLocaleString('en')} photos`;
  return { hits: photoHits(body), sentence, notices: [] };
}
