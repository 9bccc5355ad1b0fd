import type { PreTrainedTokenizer } from '@xenova/transformers';
import { tokenIds } from './token-ids';

/** Longest quotation in a message, in characters. */
const longestQuotation = 200;

/**
 * The end of a text that the model does not read, since it takes a limited number of tokens: from the first word that
 * is not read whole.
 *
 * @param maxTokens as for `tokenIds`
 * @returns '' if all is read
 */
export function unreadWords(
  tokenizer: PreTrainedTokenizer,
  text: string,
  maxTokens: number,
): string {
  const isRead = (part: string) => tokenIds(tokenizer, part, Infinity).length <= maxTokens;
  if (isRead(text)) return '';
  const words = Array.from(wordSegmenter.segment(text), ({ segment }) => segment);
  let [read, tooMany] = [0, words.length];
  while (tooMany - read > 1) {
    const middle = Math.floor((read + tooMany) / 2);
    if (isRead(words.slice(0, middle).join(''))) read = middle;
    else tooMany = middle;
  }
  return words.slice(read).join('').trim();
}

// Words of any language: spaces alone would not divide Chinese.
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Says what `unreadWords` has found, for the reader. */
export function unreadWordsNotice(unread: string, maxTokens: number): string {
  const line = unread.replace(/\s+/g, ' ');
  const quotation =
    line.length <= longestQuotation
      ? `"${line}"`
      : `"${line.slice(0, longestQuotation)}…" (${line.length.toLocaleString('en')} characters)`;
  return `The model reads no more than ${maxTokens} tokens (words and pieces of words) of a text. Not read: ${quotation}.`;
}
