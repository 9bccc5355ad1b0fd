import path from 'node:path';
import { AutoTokenizer, type PreTrainedTokenizer } from '@xenova/transformers';
import { PhotoSearchError } from '../errors';
import { shorten } from '../html';

/**
 * @throws PhotoSearchError if the model's folder has no tokenizer that can be used
 *
 * @internal
 */
export async function openTokenizer(folder: string): Promise<PreTrainedTokenizer> {
  try {
    return await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  } catch (cause) {
    throw new PhotoSearchError(
      `${path.join(folder, 'tokenizer.json')} or tokenizer_config.json beside it is missing or damaged.`,
      { code: 'model-damaged', cause },
    );
  }
}

/**
 * A text's token ids, the same as those of Python's `CLIPTokenizer`: start token, text, end token.
 *
 * A long text is cut before its end token, which stays. The library's own `truncation` cuts it off, and with it what CLIP
 * takes for the meaning of the whole text (cosine 0.2 to 0.5 to the right vector).
 *
 * @param maxTokens length of the model's context, 77 for nearly all CLIPs
 * @returns at most `maxTokens` ids
 * @internal
 */
export function tokenIds(tokenizer: PreTrainedTokenizer, text: string, maxTokens: number): number[] {
  const { input_ids: ids } = tokenizer(asPythonReadsIt(text), { return_tensor: false });
  const end = ids.at(-1);
  return ids.length <= maxTokens || end === undefined ? ids : [...ids.slice(0, maxTokens - 1), end];
}

/**
 * Evens out two differences between this library and Python's: JavaScript lowers a sigma at the end of a word to ς,
 * and a text of nothing but `<|ENDOFTEXT|>` would be taken for that token. Spaces at the end are dropped anyway.
 */
function asPythonReadsIt(text: string): string {
  return `${text.replaceAll('Σ', 'σ')} `;
}

/** Longest quotation in a message, in characters. */
const longestQuotation = 200;

/**
 * The end of a text that the model does not read, since it takes a limited number of tokens: from the first word that
 * is not read whole.
 *
 * @param maxTokens as for `tokenIds`
 * @returns '' if all is read
 * @internal
 */
export function unreadWords(tokenizer: PreTrainedTokenizer, text: string, maxTokens: number): string {
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

/**
 * Says what `unreadWords` has found, for the reader.
 *
 * @internal
 */
export function unreadWordsNotice(unread: string, maxTokens: number): string {
  const line = unread.replace(/\s+/g, ' ');
  const quotation =
    line.length <= longestQuotation
      ? `"${line}"`
      : `"${shorten(line, longestQuotation)}" (${line.length.toLocaleString('en')} characters)`;
  return `The model reads at most ${maxTokens} tokens (words and parts of words) of a text. Not read: ${quotation}.`;
}
