import type { Client } from '@opensearch-project/opensearch';
import { PhotoSearchError } from '../errors';
import { assertUsable, type IndexInfo, readIndexInfo } from './index-info';

/** Which model made a vector. Vectors are comparable only if all of this is the same. */
export interface ModelIdentity {
  /** A hub id such as `Xenova/clip-vit-base-patch32`, or the path of a local folder. */
  model: string;
  /** The hub's commit; for a local folder `sha256:` and the first 12 hex digits over its files. */
  revision: string;
  /** `fp32`, `fp16` or `q8`; `text=fp32,vision=q8` where the towers differ. */
  dtype: string;
  /** Version of the steps that turn a photo into the model's input, see `preprocessingVersion`. */
  preprocessing: string;
  /** Length of the vectors. */
  dimension: number;
}

/**
 * Version of the steps from a file to pixels (`open-photo.ts`, `pixels.ts`): when a change to the steps
 * changes vectors, this changes too, and no index mixes the two.
 */
export const preprocessingVersion = 'sharp-1';

/** The identity in one line, for messages and documents: `Xenova/clip-vit-base-patch32@d15189d, fp32, 512`. */
export function describeModel({ model, revision, dtype, dimension }: ModelIdentity): string {
  const shortRevision = /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision;
  return `${model}@${shortRevision}, ${dtype}, ${dimension}`;
}

const identityFields = ['model', 'revision', 'dtype', 'preprocessing', 'dimension'] as const;

/** Whether two vectors made by these models may be compared. */
export function sameModel(a: ModelIdentity, b: ModelIdentity): boolean {
  return identityFields.every((field) => a[field] === b[field]);
}

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
