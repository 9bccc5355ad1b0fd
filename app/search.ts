import { mostHits, photoHits, type PhotoHit } from '../lib/search';
import { calibrationFor, photoFilter, searchByTerms, readPhotoVectors, textTerm } from '../further/index';
import type { FoundTerm, JudgedHit, PhotoFilter } from '../further/index';
import { decodeVector } from './dropped-photo';
import type { Library } from './library';
import { problem } from './problem';
import { shownPhoto } from './shown-photo';
import type { SearchAnswer, SearchQuery } from './types';

type Found = Omit<SearchAnswer, 'photos'> & { hits: (PhotoHit | JudgedHit)[] };

/** The photos that a visitor asks for; all of them, by name, where nothing is searched for. @param groups of copies */
export async function search(library: Library, query: SearchQuery, groups?: Map<string, string>) {
  const { q, like, drop, fold, k, ...conditions } = query;
  const terms = await foundTerms(library, q.trim(), like, drop);
  const { hits, ...answer } = await nearest(library, terms, conditions as PhotoFilter, k);
  for (const hit of hits) library.known.set(hit.id, hit);
  if (hits.length === mostHits) answer.notices.push(`These are the first ${mostHits}: a filter shows others.`);
  if (fold && !groups) answer.notices.push('Copies are still being looked for: search again in a while.');
  const photos = hits.map((hit) => ({ ...shownPhoto(hit, answer.verdict), group: groups?.get(hit.id) }));
  return { photos, ...answer } satisfies SearchAnswer;
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
    terms.push({ kind: 'photo', name: 'your photo', weight, vector: decodeVector(code, clip), itself: {} });
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
  if (terms.length === 0) return browse(library, filter, k);
  const { clip, client, index, background } = library;
  const found = await searchByTerms(clip, client, { index, terms, background, filter, k, page: 1 });
  const { hits, verdict, sentence: reasons, notices } = found;
  if (hits.length === 0) return { hits, verdict: 'nothing', sentence: reasons, notices };
  // Verdicts are calibrated on texts, for some models; about other searches, only this much can be said.
  const isText = terms.every(({ kind }) => kind === 'text');
  const wanted = isText ? 'describe' : 'put together';
  const ofOthers = `These ${verdict === 'strong' ? 'come close' : 'are the nearest'} to what you ${wanted}.`;
  const sentence = isText && calibrationFor(clip.identity) ? sentences[verdict] : ofOthers;
  return { hits, verdict, sentence, reasons, notices };
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
