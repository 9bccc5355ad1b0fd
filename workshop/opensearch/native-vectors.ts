import { PhotoSearchError } from '../../lib/errors';
import type { RequestParams } from './request-error';

/**
 * Why a request to the workshop's own node is refused: the node would accept it and then fail. Such requests make an
 * index, a mapping or a template with vectors for an engine in native code, which the node's k-NN plugin lacks; undefined
 * for any other.
 *
 * Without index.knn, vectors are kept as they are, and no engine indexes them. A template without it passes, although
 * an index made from it may have it: that index then turns red, and is named (broken-indexes.ts).
 *
 * @returns an error that says why, and what to write
 */
export function nativeVectorsProblem({ method, path, body }: RequestParams): PhotoSearchError | undefined {
  const makesIndex = /^\/[^/_][^/]*$/.test(path);
  const makesFields = /\/_(mappings?|template|index_template|component_template|rollover)\b/;
  if (method === 'GET' || !(makesIndex || makesFields.test(path))) return undefined;
  const request = asRecord(typeof body === 'string' ? parsed(body) : body);
  const { settings }: Json = { ...request, ...asRecord(request.template) };
  // An index that gets a new field has its settings already, see `indexOfMapping`.
  if (indexOfMapping(path) === undefined && !isKnnOn(asRecord(settings))) return undefined;
  const found = nativeField(request, '');
  if (!found) return undefined;
  const engine =
    found.engine === undefined ? "without an engine, which means 'faiss'" : `with engine '${found.engine}'`;
  return new PhotoSearchError(
    `The workshop's own OpenSearch has no native code, so it can't index the vectors of field '${found.name}' (${engine}): ` +
      "write method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' }. A cluster in SERVICE_URI supports other engines too.",
  );
}

/** The index, or several, whose mapping a request of this path changes. */
export function indexOfMapping(path: string): string | undefined {
  return /^\/([^/]+)\/_mappings?\b/.exec(path)?.[1];
}

/** Engines in native code: of today's OpenSearch, and of older ones. */
const nativeEngines = new Set(['faiss', 'nmslib']);

type Json = Record<string, unknown>;

/** The first field of the type knn_vector in `value`, at any depth, that native code would have to index. */
function nativeField(value: unknown, name: string): { name: string; engine?: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, method, compression_level: compression } = value as Json;
  if (type === 'knn_vector') {
    const { name: algorithm, engine } = asRecord(method);
    // OpenSearch itself reports an engine that it does not know, such as a misspelt one.
    if (typeof engine === 'string') return nativeEngines.has(engine) ? { name, engine } : undefined;
    // If no engine is named, these two are Lucene's.
    return algorithm === 'flat' || compression === '4x' ? undefined : { name };
  }
  for (const [key, part] of Object.entries(value)) {
    const found = nativeField(part, key);
    if (found) return found;
  }
  return undefined;
}

function isKnnOn(settings: Json): boolean {
  const on = asRecord(settings.index).knn ?? settings['index.knn'] ?? settings.knn;
  return String(on) === 'true';
}

function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
