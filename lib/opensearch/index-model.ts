import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../errors';
import { describeModel, identityFields, type ModelIdentity, sameModel } from '../model/model-identity';
import { assertUsable, type IndexInfo, readIndexInfo } from './index-info';

function isIdentity(meta: unknown): meta is ModelIdentity {
  const found = (meta ?? {}) as Partial<Record<string, unknown>>;
  return identityFields.every((field) => typeof found[field] === (field === 'dimension' ? 'number' : 'string'));
}

/**
 * The model that made the vectors in `index`, as its mapping's `_meta` records it.
 *
 * @throws PhotoSearchError if there is no such index, if it can't be filled and searched, or if it names no model
 */
export async function indexModel(client: Client, index: string): Promise<ModelIdentity> {
  return modelOf(index, await readIndexInfo(client, index));
}

/** Like {@link indexModel}, for an index that {@link readIndexInfo} has read. */
export function modelOf(index: string, info: IndexInfo | undefined): ModelIdentity {
  if (!info) throw new PhotoSearchError(`There is no index '${index}'.`, { code: 'index-missing' });
  assertUsable(info);
  const embedding = info.mappings?.properties?.embedding as { dimension?: number };
  const identity: unknown = info.mappings?._meta;
  if (!isIdentity(identity) || identity.dimension !== embedding.dimension) {
    throw new PhotoSearchError(
      `Index '${index}' does not say which model made its vectors, so they can't be compared with new ones.`,
      { code: 'index-unusable' },
    );
  }
  const { model, revision, dtype, preprocessing, dimension } = identity;
  return { model, revision, dtype, preprocessing, dimension };
}

/**
 * Refuses to mix vectors of different models, which OpenSearch itself would accept if their lengths agree.
 *
 * @throws PhotoSearchError if `index` holds vectors of another model than `made`
 */
export function assertSameModel(index: string, held: ModelIdentity, made: ModelIdentity): void {
  if (sameModel(held, made)) return;
  throw new PhotoSearchError(
    `Index '${index}' holds vectors of ${describeModel(held)} (preprocessing ${held.preprocessing}), ` +
      `but this model makes ${describeModel(made)} (preprocessing ${made.preprocessing}).`,
    { code: 'other-model' },
  );
}
