import type { Client } from '@opensearch-project/opensearch';
import { WorkshopError } from '../errors';

/** Spaces of a `knn_vector` field from whose scores the cosine can be computed, for vectors of length 1. */
export type SpaceType = 'cosinesimil' | 'innerproduct' | 'l2';

/**
 * The cosine of the angle between two vectors, back from the score that a k-NN query gives for it. A score is never
 * negative, and larger is nearer, so that each space has a formula of its own:
 *
 * | space type     | score                                            |
 * | -------------- | ------------------------------------------------ |
 * | `cosinesimil`  | (1 + cosine) / 2                                 |
 * | `innerproduct` | 1 + x·y if x·y ≥ 0, else 1 / (1 − x·y)           |
 * | `l2`           | 1 / (1 + d²), where d² = 2 − 2 cosine            |
 *
 * The last two hold for vectors of length 1 only, which all of a `Clip` are. Exact search by script scores otherwise.
 * Source: "Spaces" in the k-NN part of OpenSearch's documentation, for the engines lucene and faiss.
 *
 * @param score of a hit, above 0
 * @returns -1 to 1, as exact as the score, a 32-bit float
 */
export function cosineFromScore(score: number, spaceType: SpaceType): number {
  switch (spaceType) {
    case 'cosinesimil':
      return 2 * score - 1;
    case 'innerproduct':
      return score >= 1 ? score - 1 : 1 - 1 / score;
    case 'l2':
      return 1 - (1 / score - 1) / 2;
  }
}

function isSpaceType(name: string): name is SpaceType {
  return ['cosinesimil', 'innerproduct', 'l2'].includes(name);
}

/**
 * The space that `index` compares its photos' vectors in, as its mapping says; OpenSearch's own choice is `l2`.
 *
 * @throws WorkshopError if the index is missing, or its space is one that scores give no cosine for
 */
export async function indexSpaceType(client: Client, index: string): Promise<SpaceType> {
  const { body } = await client.indices.getMapping({ index });
  const embedding = Object.values(body)[0]?.mappings.properties?.embedding as
    { space_type?: string; method?: { space_type?: string } } | undefined;
  const spaceType = embedding?.method?.space_type ?? embedding?.space_type ?? 'l2';
  if (isSpaceType(spaceType)) return spaceType;
  throw new WorkshopError(
    `Index '${index}' compares vectors by space type '${spaceType}', whose scores don't tell the cosine: ` +
      'run notebook 1 with recreate set to true; it uses cosinesimil.',
  );
}
