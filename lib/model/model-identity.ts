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
 * Version of the steps from a file to pixels (`open-photo.ts`, `pixels.ts`, `photo/enlarge.ts`): when a change to the steps
 * changes vectors, this changes too, and no index mixes the two.
 */
export const preprocessingVersion = 'sharp-1';

/** The identity in one line, for messages and documents: `Xenova/clip-vit-base-patch32@d15189d, fp32, 512`. */
export function describeModel({ model, revision, dtype, dimension }: ModelIdentity): string {
  const shortRevision = /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision;
  return `${model}@${shortRevision}, ${dtype}, ${dimension}`;
}

/** All that two models must have in common. */
export const identityFields = ['model', 'revision', 'dtype', 'preprocessing', 'dimension'] as const;

/** Whether two vectors made by these models may be compared. */
export function sameModel(a: ModelIdentity, b: ModelIdentity): boolean {
  return identityFields.every((field) => a[field] === b[field]);
}
