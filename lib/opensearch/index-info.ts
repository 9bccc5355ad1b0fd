import type { API, Client } from '@opensearch-project/opensearch';
import { type ErrorCode, PhotoSearchError } from '../errors';

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
export function assertUsable({ index, names, dataStream, mappings, settings }: IndexInfo): void {
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
