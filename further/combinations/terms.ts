import { PhotoSearchError } from '../../lib/errors';

/** Something to search with: a text, or a photo, by the `_id` or `image_url` that it has in the index or its path. */
export type Term = string | { text: string } | { photo: string };

/**
 * How much say each part of a search has: with 1 and 1 two terms move the order of the photos alike. Default 1; 0.5 for
 * `minus`, since a whole subtraction also takes away what both sides have in common.
 */
export interface SearchWeights {
  text?: number;
  like?: number;
  /** Of each of its terms, as is `minus`. */
  plus?: number;
  minus?: number;
}

const defaultWeights: Required<SearchWeights> = { text: 1, like: 1, plus: 1, minus: 0.5 };

/** What is searched with. */
export interface SearchTerms {
  text?: string;
  /** A photo: what looks like it is found. */
  like?: string;
  plus?: Term | readonly Term[];
  minus?: Term | readonly Term[];
  weights?: SearchWeights;
}

/** One term of a search. */
export interface WeightedTerm {
  kind: 'text' | 'photo';
  /** The text, or the photo's name. */
  name: string;
  /** Below 0 for what the search moves away from. */
  weight: number;
}

/**
 * The terms of a search, one by one, with their weights.
 *
 * @throws PhotoSearchError if there are none, a text is empty, or a weight is not a number from 0 on
 */
export function weightedTerms({ text, like, plus = [], minus = [], weights = {} }: SearchTerms) {
  const weight = (part: keyof SearchWeights): number => {
    const value = weights[part] ?? defaultWeights[part];
    if (Number.isFinite(value) && value >= 0) return value;
    throw new PhotoSearchError(
      `The weight of '${part}' is ${value}: it must be a number, 0 or more; put what to move away from under 'minus'.`,
    );
  };
  const terms: WeightedTerm[] = [];
  const add = (term: Term, weight: number) => {
    const kind = typeof term === 'object' && 'photo' in term ? 'photo' : 'text';
    const name = typeof term === 'string' ? term : 'photo' in term ? term.photo : term.text;
    if (name.trim() === '') {
      throw new PhotoSearchError(`The ${kind} to search with is empty: write what you are looking for.`);
    }
    terms.push({ kind, name, weight });
  };
  if (text !== undefined) add({ text }, weight('text'));
  if (like !== undefined) add({ photo: like }, weight('like'));
  for (const term of [plus].flat()) add(term, weight('plus'));
  for (const term of [minus].flat()) add(term, -weight('minus'));
  if (terms.length > 0) return terms;
  throw new PhotoSearchError(
    'There is nothing to search for: give a text, a photo for the hits to be like, or something to add or subtract ' +
      '(text, like, plus, minus; in the terminal "a text", --like, --plus, --minus).',
  );
}

/** The search in one line: `red flowers, plus photos/tulip.jpg, minus "people"`. */
export function describeTerms(terms: readonly WeightedTerm[]): string {
  const parts = terms.map(({ kind, name, weight }, i) => {
    if (i === 0 && weight >= 0) return kind === 'text' ? name : `like ${name}`;
    return `${weight < 0 ? 'minus' : 'plus'} ${kind === 'text' ? `"${name}"` : name}`;
  });
  return parts.join(', ');
}
