import type { API, Client } from '@opensearch-project/opensearch';
import { PhotoSearchError, type ErrorCode } from './errors';

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

/** What stands behind the name of an index. */
export interface IndexInfo {
  /** The name that was asked for. */
  index: string;
  /** The indexes behind it: itself, or what an alias or a data stream of this name stands for. */
  names: string[];
  dataStream: boolean;
  mappings: API.Indices_Get_ResponseBody[string]['mappings'];
  /** Such as `'index.knn': 'true'`. */
  settings: Record<string, string | undefined>;
}

/** Reads what `index` is, or undefined if there is nothing of this name. */
export async function readIndexInfo(client: Client, index: string): Promise<IndexInfo | undefined> {
  const answer = await client.indices.get({ index, flat_settings: true }, { ignore: [404] });
  if (typeof answer.body !== 'object') throw new PhotoSearchError('What answers at this address is not OpenSearch.');
  const indexes = answer.statusCode === 404 ? [] : Object.entries(answer.body);
  const [first] = indexes;
  if (!first) return undefined;
  const { mappings, settings, data_stream } = first[1];
  return {
    index,
    names: indexes.map(([name]) => name),
    dataStream: data_stream !== undefined,
    mappings,
    settings: settings as IndexInfo['settings'],
  };
}

/** Why `index` can't be deleted and recreated, as a sentence; undefined if it can. */
export function whyNotRecreated({ index, names, dataStream }: IndexInfo): string | undefined {
  if (dataStream) return dataStreamProblem(index);
  if (names.includes(index)) return undefined;
  return `'${index}' is an alias of '${names.join("', '")}', and an alias can't be recreated.`;
}

/** Refuses an index that can't be used for photos, even though OpenSearch accepts documents and answers searches. */
function assertUsable({ index, names, dataStream, mappings, settings }: IndexInfo): void {
  const [name = index] = names;
  const refuse = (problem: string, code?: ErrorCode) => new PhotoSearchError(problem, { code });
  if (dataStream) throw refuse(dataStreamProblem(index), 'index-is-alias');
  if (names.length > 1) {
    const problem = `'${index}' is an alias of ${names.length} indexes ('${names.join("', '")}').`;
    throw refuse(problem, 'index-is-alias');
  }
  if (settings['index.verified_before_close'] === 'true') {
    throw refuse(`Index '${name}' is closed: open it with POST ${name}/_open.`);
  }
  const type = (field: string) => (mappings?.properties?.[field] as { type?: string } | undefined)?.type;
  const is = (field: string) => {
    const found = type(field);
    return found === undefined ? 'missing' : `of type '${found}'`;
  };
  const source = mappings?._source;
  const problems = [
    type('embedding') !== 'knn_vector' &&
      `has no k-NN vectors: its field 'embedding' is ${is('embedding')}. It was probably made by an upload, without its mapping`,
    settings['index.knn'] !== 'true' &&
      `was not made for k-NN (index.knn is not true, which can't be changed afterwards), so no search finds anything in it`,
    type('image_url') !== 'keyword' &&
      `can't be sorted by 'image_url', which is ${is('image_url')} instead of 'keyword'`,
    source &&
      (source.enabled === false || source.excludes?.length || source.includes?.length) &&
      `does not store whole documents (its mapping has _source: ${JSON.stringify(source)}), but vectors and credits ` +
        `are read from there. An index template may be the cause (GET _index_template)`,
  ];
  const problem = problems.find((found) => typeof found === 'string');
  if (problem !== undefined) throw refuse(`Index '${index}' ${problem}.`, 'index-unusable');
}

function dataStreamProblem(index: string): string {
  return `'${index}' is a data stream, whose documents can't be replaced.`;
}
