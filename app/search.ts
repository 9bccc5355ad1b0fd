import type { API } from '@opensearch-project/opensearch';
import { photoHits } from '../lib/index';
import { photoFilter, searchByTerms, storedPhoto, textTerm, type FoundTerm, type PhotoFilter } from '../further/index';
import { copyGroups } from './copies';
import { decodeVector } from './dropped-photo';
import type { Library } from './library';
import { problem } from './problem';
import { shownPhoto } from './shown-photo';
import type { SearchAnswer, SearchQuery } from './types';

const photosPerPage = 24;
/** OpenSearch ends there. */
const lastPage = Math.floor(10_000 / photosPerPage);

/** The photos that a visitor asks for; all of them, by name, where nothing is searched for. */
export async function search(library: Library, query: SearchQuery): Promise<SearchAnswer> {
  const { q = '', like = [], drop = [], after, fold, ...fields } = query;
  const filter = fields as PhotoFilter;
  const terms = await foundTerms(library, q.trim(), like, drop);
  const answer = await (terms.length > 0 ? nearest(library, terms, filter, after) : browse(library, filter, after));
  if (fold) {
    const groups = await copyGroups(library);
    for (const photo of answer.photos) photo.group = groups.get(photo.id);
  }
  return answer;
}

async function foundTerms(
  { clip, client, index }: Library,
  text: string,
  like: readonly string[],
  drop: readonly string[],
): Promise<FoundTerm[]> {
  const terms: FoundTerm[] = [];
  if (text !== '') terms.push({ kind: 'text', name: text, weight: 1, ...(await textTerm(clip, text)) });
  for (const [weight, id] of like.map(weightAndRest)) {
    const stored = await storedPhoto(client, index, [id]);
    if (!stored) throw problem(404, 'request', 'A photo of this search is no longer in the index.');
    const { vector } = stored;
    terms.push({ kind: 'photo', name: id, weight, vector, itself: { ids: [stored.id] } });
  }
  for (const [weight, code] of drop.map(weightAndRest)) {
    const vector = decodeVector(code, clip.dimension);
    terms.push({ kind: 'photo', name: 'your photo', weight, vector, itself: {} });
  }
  return terms;
}

function weightAndRest(value: string): [weight: number, rest: string] {
  const colon = value.indexOf(':');
  return [Number(value.slice(0, colon)), value.slice(colon + 1)];
}

async function nearest(
  { clip, client, index, background, known }: Library,
  terms: FoundTerm[],
  filter: PhotoFilter,
  after = '1',
): Promise<SearchAnswer> {
  const page = Number(after);
  if (!Number.isInteger(page) || page < 1 || page > lastPage) {
    throw problem(400, 'request', `Page ${after} is not one of 1 to ${lastPage}.`);
  }
  const options = { index, terms, background, filter, k: photosPerPage, page };
  const { hits, verdict, sentence, notices } = await searchByTerms(clip, client, options);
  for (const hit of hits) known.set(hit.id, hit);
  const isOver = hits.length < photosPerPage || page === lastPage;
  const isEmpty = hits.length === 0;
  return {
    photos: hits.map((hit) => shownPhoto(hit, verdict)),
    next: isOver ? undefined : String(page + 1),
    verdict: isEmpty ? 'nothing' : verdict,
    sentence: isEmpty ? sentence : plainly(verdict, terms),
    reasons: isEmpty ? undefined : sentence,
    notices,
  };
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

async function browse(
  { client, index, known }: Library,
  filter: PhotoFilter,
  after: string | undefined,
): Promise<SearchAnswer> {
  const condition = photoFilter(filter) ?? { match_all: {} };
  const { body } = await client.search({
    index,
    body: {
      size: photosPerPage,
      query: { bool: { filter: [{ exists: { field: 'embedding' } }, condition] } },
      sort: ['image_url', '_seq_no'],
      search_after: after === undefined ? undefined : sortValues(after),
      _source: { excludes: ['embedding'] },
      track_total_hits: true,
    },
  });
  const { hits, total } = body.hits;
  const found = photoHits(body);
  for (const hit of found) known.set(hit.id, hit);
  const last = hits.length === photosPerPage ? hits.at(-1)?.sort : undefined;
  const count = typeof total === 'object' ? total.value : hits.length;
  return {
    photos: found.map((hit) => shownPhoto(hit)),
    next: last && Buffer.from(JSON.stringify(last)).toString('base64url'),
    sentence: count === 1 ? '1 photo' : `${count.toLocaleString('en')} photos`,
    notices: [],
  };
}

/** Where the next page begins; whatever was made up instead is refused here or by OpenSearch. */
function sortValues(after: string): API.Search_RequestBody['search_after'] {
  try {
    const values: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (Array.isArray(values) && values.length === 2) return values.map(String);
  } catch {
    // Said below.
  }
  throw problem(400, 'request', 'This page begins nowhere: begin again with the first one.');
}
