import { PhotoSearchError } from '../../lib/errors';
import { advice } from '../../workshop/advice';

/** How to recreate a folder's own index. */
const recreating = "make this folder's index again (recreate: true in the call, --recreate in the terminal)";

/**
 * Rethrows an error about a folder's own index, with advice on that one: the workshop's advice is about the notebooks'
 * index.
 */
export function adviseRecreating(error: unknown): never {
  if (!(error instanceof PhotoSearchError)) throw error;
  const { code, message } = error;
  if (code !== 'index-missing' && code !== 'index-unusable' && code !== 'index-replaced' && code !== 'other-model')
    throw error;
  throw new PhotoSearchError(message.replace(advice[code], recreating), { cause: error });
}
