import type { ModelIdentity } from '../model/identity';
import { unknownWordsNotice } from '../unknown-words';
import type { WeightedTerm } from './terms';

/**
 * Says so if the model knows none of the words of some of a search's texts, beside which there are other terms.
 *
 * @param vectors of the terms, [terms, dimension]
 * @param background [photos, dimension], from `readBackground`
 * @returns a sentence for the reader, or undefined
 */
export function unknownTermsNotice(
  terms: readonly WeightedTerm[],
  vectors: readonly Float32Array[],
  { identity, background }: { identity: ModelIdentity; background: readonly Float32Array[] },
): string | undefined {
  if (terms.length < 2) return undefined;
  const unknown = terms.filter(({ kind }, i) => {
    const vector = vectors[i];
    return kind === 'text' && vector && unknownWordsNotice(identity, vector, background);
  });
  if (unknown.length === 0) return undefined;
  const names = unknown.map(({ name }) => `"${name}"`).join(', ');
  return `The model knows no word of ${names}, so that it changes little.`;
}
