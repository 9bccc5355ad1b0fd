import type { Clip } from '../../lib/clip';
import { unknownWordsNotice } from '../judging/unknown-words';
import type { WeightedTerm } from './terms';

/**
 * Says so if the model does not know words of some of a search's texts.
 *
 * @param background [photos, dimension], from `readBackground`
 * @returns a sentence for the reader, or undefined
 */
export async function unknownTermsNotice(
  clip: Clip,
  terms: readonly WeightedTerm[],
  background: readonly Float32Array[],
): Promise<string | undefined> {
  const notices: string[] = [];
  for (const { kind, name } of terms) {
    const notice = kind === 'text' && (await unknownWordsNotice(clip, name, background, terms.length === 1));
    if (notice) notices.push(notice);
  }
  return notices.length > 0 ? notices.join(' ') : undefined;
}
