import type { Client } from '@opensearch-project/opensearch';
import { WorkshopError } from './errors';
import { describeModel, sameModel, type ModelIdentity } from './model/identity';

function isIdentity(meta: unknown): meta is ModelIdentity {
  const { model, revision, dtype, preprocessing, dimension } = (meta ?? {}) as Partial<
    Record<keyof ModelIdentity, unknown>
  >;
  return (
    [model, revision, dtype, preprocessing].every((value) => typeof value === 'string') &&
    typeof dimension === 'number'
  );
}

/**
 * The model that made the vectors in `index`, as its mapping's `_meta` records it.
 *
 * @throws WorkshopError if there is no such index, if it was not made by notebook 1, or if its `embedding` is no
 * k-NN vector of the recorded dimension
 */
export async function indexModel(client: Client, index: string): Promise<ModelIdentity> {
  const exists = await client.indices.exists({ index });
  if (!exists.body) {
    throw new WorkshopError(
      `There is no index '${index}' yet: run notebook 1 first (1-prepare-opensearch.ipynb).`,
    );
  }
  const response = await client.indices.getMapping({ index });
  const mapping = Object.values(response.body)[0]?.mappings;
  const embedding = mapping?.properties?.embedding as
    { type?: string; dimension?: number } | undefined;
  if (embedding?.type !== 'knn_vector') {
    throw new WorkshopError(
      `Index '${index}' has no k-NN vectors: its field 'embedding' is ${embedding?.type ? `of type '${embedding.type}'` : 'missing'}. ` +
        `It was probably made by an upload before notebook 1: run notebook 1 with recreate set to true.`,
    );
  }
  const identity: unknown = mapping?._meta;
  if (!isIdentity(identity) || identity.dimension !== embedding.dimension) {
    throw new WorkshopError(
      `Index '${index}' does not say which model made its vectors, so that they can't be compared with new ones: ` +
        `run notebook 1 with recreate set to true, or set INDEX_NAME to another name.`,
    );
  }
  return identity;
}

/**
 * Refuses to mix vectors of different models, which OpenSearch itself would take as long as their lengths agree.
 *
 * @param advice what to do about it
 * @throws WorkshopError if `index` holds vectors of another model than `made`
 */
export function assertSameModel(
  index: string,
  held: ModelIdentity,
  made: ModelIdentity,
  advice = `run notebook 1 with recreate set to true, or set CLIP_MODEL and CLIP_DTYPE to the index's`,
): void {
  if (sameModel(held, made)) return;
  throw new WorkshopError(
    `Index '${index}' holds vectors of ${describeModel(held)} (preprocessing ${held.preprocessing}), ` +
      `this model makes ${describeModel(made)} (preprocessing ${made.preprocessing}): ${advice}.`,
  );
}
