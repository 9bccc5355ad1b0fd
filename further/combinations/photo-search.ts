import type { Client } from '@opensearch-project/opensearch';
import { readBackground } from '../judging/background';
import type { Clip } from '../../lib/clip';
import { PhotoSearchError } from '../../lib/errors';
import { assertSameModel, indexModel } from '../../lib/opensearch/index-model';
import { mostHits } from '../../lib/search';
import type { PhotoFilter } from '../filter/photo-filter';
import { photoTerm, type PhotoPlaces } from './photo-term';
import { searchByTerms, textTerm, type FoundTerm, type SearchResult } from './search-by-terms';
import { weightedTerms, type SearchTerms, type WeightedTerm } from './terms';

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
  const vectorOf = ({ kind, name }: WeightedTerm) =>
    kind === 'photo' ? photoTerm(clip, client, places, name) : textTerm(clip, name);

  return async function search({ filter, k = 3, page = 1, ...request }) {
    const weighted = weightedTerms(request);
    assertWhole('k', k);
    assertWhole('page', page);
    assertSameModel(index, await indexModel(client, index), clip.identity);

    const terms: FoundTerm[] = [];
    for (const term of weighted) terms.push({ ...term, ...(await vectorOf(term)) });
    const background = await readBackground(client, index);
    return searchByTerms(clip, client, { index, terms, background, filter, k, page });
  };
}

function assertWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= mostHits) return;
  throw new PhotoSearchError(`${name} is ${value}: it must be a whole number from 1 to ${mostHits}.`);
}
