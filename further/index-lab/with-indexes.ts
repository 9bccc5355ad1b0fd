import { randomBytes } from 'node:crypto';
import type { API, Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../../lib/errors';
import { RequestError } from '../../workshop/opensearch/request-error';

/** Makes an index with a new name, which it returns. */
export type CreateIndex = (body: API.Indices_Create_RequestBody) => Promise<string>;

/**
 * Does `work`, and deletes the indexes that it has made afterwards, also where it fails.
 *
 * @throws what `work` throws; PhotoSearchError naming the indexes if they can't be deleted
 */
export async function withIndexes<Result>(
  client: Client,
  work: (createIndex: CreateIndex) => Promise<Result>,
): Promise<Result> {
  const run = randomBytes(3).toString('hex');
  const names: string[] = [];
  const createIndex: CreateIndex = async (body) => {
    const index = `lab-${run}-${names.length}`;
    names.push(index);
    await client.indices.create({ index, body }).catch((error: unknown) => {
      // Refused; after any other failure it may be there.
      if (error instanceof RequestError && (error.statusCode ?? 500) < 500) names.pop();
      throw error;
    });
    return index;
  };
  const outcome = await work(createIndex).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  try {
    // Each by its name: a wildcard may be forbidden, or meet others' indexes.
    if (names.length > 0) await client.indices.delete({ index: names, ignore_unavailable: true });
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
