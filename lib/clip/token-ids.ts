import path from 'node:path';
import { AutoTokenizer, type PreTrainedTokenizer } from '@xenova/transformers';
import { WorkshopError } from '../errors';
import { copyAgain } from './whole-file';

/**
 * @param remedy what to do about damaged files
 * @throws WorkshopError if the model's folder has no tokenizer that can be used
 */
export async function openTokenizer(
  folder: string,
  remedy: string = copyAgain,
): Promise<PreTrainedTokenizer> {
  try {
    return await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  } catch (cause) {
    throw new WorkshopError(
      `${path.join(folder, 'tokenizer.json')} or tokenizer_config.json beside it is missing or damaged: ` +
        `${remedy}, or choose another CLIP_MODEL.`,
      { cause },
    );
  }
}

/**
 * A text's token ids, the same as those of Python's `CLIPTokenizer`: start token, text, end token.
 *
 * A long text is cut so that the end token stays. The library's own `truncation` cuts it off, and with it what CLIP
 * takes for the meaning of the whole text (cosine 0.2 to 0.5 to the right vector).
 *
 * @param maxTokens length of the model's context, 77 for nearly all CLIPs
 * @returns at most `maxTokens` ids
 */
export function tokenIds(
  tokenizer: PreTrainedTokenizer,
  text: string,
  maxTokens: number,
): number[] {
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
