import type { Client } from '@opensearch-project/opensearch';
import { WorkshopError } from './errors';
import { indexProblem, readIndexInfo } from './index-info';
import { describeModel, sameModel, type ModelIdentity } from './model-identity';

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
 * @throws WorkshopError if there is no such index, if it can't be filled and searched (see `indexProblem`), or if it
 * does not say which model made its vectors
 */
export async function indexModel(client: Client, index: string): Promise<ModelIdentity> {
  const info = await readIndexInfo(client, index);
  if (!info) {
    throw new WorkshopError(
      `There is no index '${index}' yet: run notebook 1 first (1-prepare-opensearch.ipynb).`,
    );
  }
  const problem = indexProblem(info);
  if (problem !== undefined) throw new WorkshopError(problem);
  const embedding = info.mappings?.properties?.embedding as { dimension?: number };
  const identity: unknown = info.mappings?._meta;
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
