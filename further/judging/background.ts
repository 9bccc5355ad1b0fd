import type { Client } from '@opensearch-project/opensearch';
import { dotProduct } from '../dot-product';
import { mean } from '../mean';
import { vectorOf } from '../indexed-photos';

/** How a vector's cosines with many photos are spread. */
export interface Spread {
  mean: number;
  /** Standard deviation. */
  sd: number;
}

const seed = 1;

/**
 * The vectors of photos drawn at random from `index`: what any one hit is to be compared with.
 *
 * The draw needs no memory of its own, and so no right to write: each photo has a random number, which OpenSearch makes
 * of its `image_url`, and the photos with the largest are drawn. So the sample belongs to the index: the same for
 * everyone, each time, on every node. When the index grows, new photos enter it in proportion, when it is twice as
 * large half of the sample is new, and nothing has to be drawn again. (Bottom-k sampling: Cohen and Kaplan, "Summarizing
 * data using bottom-k sketches", PODC 2007.)
 *
 * @param size how many photos at most; fewer if the index holds fewer
 * @returns [photos, dimension]
 * @throws PhotoSearchError if there is no such index
 */
export async function readBackground(client: Client, index: string, size = 256): Promise<Float32Array[]> {
  const response = await client.search({
    index,
    body: {
      size,
      _source: ['embedding'],
      query: {
        function_score: {
          query: { exists: { field: 'embedding' } },
          functions: [{ random_score: { seed, field: 'image_url' } }],
          boost_mode: 'replace',
        },
      },
    },
  });
  return response.body.hits.hits.flatMap(({ _source }) => vectorOf(_source) ?? []);
}

/**
 * Cosines of a vector with each of the `background`.
 *
 * @param vector [dimension], of length 1
 * @param background [photos, dimension], each of length 1
 */
export function backgroundCosines(vector: Float32Array, background: readonly Float32Array[]): number[] {
  return background.map((other) => dotProduct(vector, other));
}

/**
 * Mean and standard deviation of a vector's cosines with the `background`.
 *
 * @param vector [dimension], of length 1
 * @param background [photos, dimension], each of length 1; at least two
 * @throws RangeError if there are fewer than two
 */
export function cosineSpread(vector: Float32Array, background: readonly Float32Array[]): Spread {
  if (background.length < 2) throw new RangeError(`A spread needs two vectors, not ${background.length}.`);
  const cosines = backgroundCosines(vector, background);
  const average = mean(cosines);
  const squares = cosines.reduce((sum, cosine) => sum + (cosine - average) ** 2, 0);
  return { mean: average, sd: Math.sqrt(squares / (cosines.length - 1)) };
}
