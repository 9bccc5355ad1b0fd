import { randomBytes } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';

/**
 * Does `work` with `count` new index names, and deletes those indexes afterwards, also where it fails.
 *
 * @throws what `work` throws; PhotoSearchError naming the indexes if they can't be deleted
 */
export async function withIndexes<Result>(
  client: Client,
  count: number,
  work: (names: string[]) => Promise<Result>,
): Promise<Result> {
  const run = randomBytes(3).toString('hex');
  const names = Array.from({ length: count }, (_, i) => `lab-${run}-${i}`);
  const outcome = await work(names).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  try {
    // Each by its name: a wildcard may be forbidden, or meet others' indexes.
    await client.indices.delete({ index: names, ignore_unavailable: true });
  } catch (cause) {
    const [first, last] = ['error' in outcome ? outcome.error : cause, cause].map((error) =>
      error instanceof Error ? error.message : String(error),
    );
    throw new PhotoSearchError(
      `${first ?? ''} The lab's indexes could not be deleted: delete ${names.join(', ')} when the server answers again.` +
        (first === last ? '' : ` (${last ?? ''})`),
      { cause: 'error' in outcome ? outcome.error : cause },
    );
  }
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}
