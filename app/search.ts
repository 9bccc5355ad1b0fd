import { photoHits, type PhotoHit } from '../lib/index';
import { mostHits } from '../lib/search';
import { photoFilter, searchByTerms, readPhotoVectors, textTerm } from '../further/index';
import type { FoundTerm, JudgedHit, PhotoFilter } from '../further/index';
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
  const filter = conditions as PhotoFilter;
  const terms = await foundTerms(library, q.trim(), like, drop);
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

async function foundTerms({ clip, client, index }: Library, text: string, like: string[], drop: string[]) {
  const terms: FoundTerm[] = [];
  if (text !== '') terms.push({ kind: 'text', name: text, weight: 1, ...(await textTerm(clip, text)) });
  for (const [weight, id] of like.map(weightAndRest)) {
    const [stored] = await readPhotoVectors(client, index, [id], 1);
    if (!stored) throw problem(404, 'request', 'A photo of this search is gone from the index: take it out.');
    terms.push({ kind: 'photo', name: id, weight, vector: stored.vector, itself: { ids: [stored.id] } });
  }
  for (const [weight, code] of drop.map(weightAndRest)) {
    const vector = decodeVector(code, clip.dimension);
    terms.push({ kind: 'photo', name: 'your photo', weight, vector, itself: {} });
  }
  return terms;
}

const weightAndRest = (value: string): [number, string] => [parseFloat(value), value.slice(value.indexOf(':') + 1)];

/** The verdict on a search by text, without figures. */
const sentences = {
  strong: 'What you describe is probably among these.',
  weak: 'Perhaps one of these shows it.',
  nothing: 'Probably no photo here shows this; these are the nearest.',
};

async function nearest(library: Library, terms: FoundTerm[], filter: PhotoFilter, k: number): Promise<Found> {
  const { clip, client, index, background } = library;
  const found = await searchByTerms(clip, client, { index, terms, background, filter, k, page: 1 });
  const { hits, verdict, sentence: reasons, notices } = found;
  if (hits.length === 0) return { hits, verdict: 'nothing', sentence: reasons, notices };
  // Calibrated are verdicts on texts; of other searches only what is striking can be said.
  const isText = terms.every(({ kind }) => kind === 'text');
  const ofOthers = `These ${verdict === 'strong' ? 'come close' : 'are the nearest'} to what you put together.`;
  return { hits, verdict, sentence: isText ? sentences[verdict] : ofOthers, reasons, notices };
}

async function browse({ client, index }: Library, filter: PhotoFilter, k: number): Promise<Found> {
  const conditions = [{ exists: { field: 'embedding' } }, photoFilter(filter) ?? { match_all: {} }];
  const which = { query: { bool: { filter: conditions } }, sort: ['image_url', '_seq_no'], size: k };
  const wanted = { _source: { excludes: ['embedding'] }, track_total_hits: true };
  const { body } = await client.search({ index, body: { ...which, ...wanted } });
  const { total } = body.hits;
  const count = typeof total === 'object' ? total.value : NaN;
  const sentence = count === 1 ? '1 photo' : `${count.toLocaleString('en')} photos`;
  return { hits: photoHits(body), sentence, notices: [] };
}
