import { WorkshopError } from '../../lib/errors';
import type { RequestParams } from '../../lib/upload/repeat-request';

/**
 * Turns away what the workshop's own OpenSearch would take and then fail at: a field of vectors for one of the engines
 * in native code, which its k-NN plugin lacks. Looks at requests that make an index, a mapping or a template.
 *
 * @throws WorkshopError saying why, and what to write
 */
export function refuseNativeVectors({ method, path, body }: RequestParams): void {
  const makesIndex = /^\/[^/_][^/]*$/.test(path);
  const makesFields = /\/_(mappings?|template|index_template|component_template|rollover)\b/;
  if (method === 'GET' || !(makesIndex || makesFields.test(path))) return;
  const request = asRecord(typeof body === 'string' ? parsed(body) : body);
  // Without index.knn vectors are kept as they are, and no engine indexes them.
  if (makesIndex && !isKnnOn(asRecord(request.settings))) return;
  const found = nativeField(request, '');
  if (!found) return;
  const engine =
    found.engine === undefined
      ? "without an engine, which means 'faiss'"
      : `with engine '${found.engine}'`;
  throw new WorkshopError(
    `The workshop's own OpenSearch has no native code, so it can't index the vectors of field '${found.name}' (${engine}): ` +
      "write method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' }. A cluster in SERVICE_URI takes other engines too.",
  );
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
    // Of an engine that it does not know, such as a misspelt one, OpenSearch itself says so.
    if (typeof engine === 'string') return nativeEngines.has(engine) ? { name, engine } : undefined;
    // These two are Lucene's where no engine is named.
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
