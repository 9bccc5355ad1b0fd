import { dotProduct } from '../dot-product';
import type { IndexedPhoto } from '../indexed-photos';

/** Two photos by what their files hold, see {@link IndexedPhoto}. */
export interface ContentPair {
  contents: [string, string];
  cosine: number;
}

/**
 * Compares every photo with every other: exact, and the quickest way for a few thousand. Keeps all vectors in memory,
 * 2 kB each at 512 dimensions.
 *
 * @param photos each with a vector of length 1
 * @param lowest the least cosine of a pair
 */
export async function* allPairs(
  photos: AsyncIterable<IndexedPhoto>,
  lowest: number,
): AsyncGenerator<ContentPair, void, undefined> {
  const seen: { content: string; vector: Float32Array }[] = [];
  for await (const { content, vector } of photos) {
    for (const other of seen) {
      const cosine = dotProduct(vector, other.vector);
      if (cosine >= lowest) yield { contents: [other.content, content], cosine };
    }
    seen.push({ content, vector });
  }
}
