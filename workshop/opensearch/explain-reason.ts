import { reasonsOf, type ErrorCause } from '../../lib/opensearch/failed-request';

/** What an error of OpenSearch means, for `host`; where nothing better is known, its own deepest reason. */
export function explainReason(error: ErrorCause, host: string): string {
  const reasons = reasonsOf(error);
  const all = reasons.join('\n');
  for (const [pattern, explain] of explanations) {
    const match = pattern.exec(`${error.type ?? ''}\n${all}`);
    if (match) return explain(match, host, error);
  }
  return `OpenSearch refused it (${error.type ?? 'no type given'}): ${reasons.at(-1) ?? 'no reason given'}.`;
}

const startOver = 'run notebook 1 with recreate set to true';

/** What OpenSearch's type and reasons look like, and what to tell the reader. */
const explanations: [RegExp, (match: RegExpExecArray, host: string, error: ErrorCause) => string][] = [
  [
    /^index_closed_exception/,
    (_, host, { index = 'the index' }) => `Index '${index}' is closed: open it with POST ${index}/_open.`,
  ],
  [
    /Result window is too large, .* equal to: \[(\d+)\]/,
    ([, most = '']) =>
      `The index gives at most ${most} documents at a time: ask for fewer, or raise its setting index.max_result_window.`,
  ],
  [
    /Text fields are not optimised .* on \[([^\]]+)\]/,
    ([, field = '']) =>
      `The index can't be sorted by '${field}', which is of type 'text' instead of 'keyword': ${startOver}.`,
  ],
  [
    /index \[([^/\]]+)[^\]]*\] already exists/,
    ([, index = '']) =>
      `Index '${index}' already exists: keep it and continue, or ${startOver} to start over without its photos.`,
  ],
  [
    /no such index \[([^\]]+)\]/,
    ([, index = ''], host) =>
      `There is no index '${index}' at ${host}: run notebook 1 (1-prepare-opensearch.ipynb) first.`,
  ],
  [
    /(?:Expected: (\d+), Given: (\d+))|(?:invalid dimension: (\d+)\. Dimension should be: (\d+))/,
    ([, expected, given, sent, held]) =>
      `A vector of ${given ?? sent ?? '?'} numbers does not fit the index, whose vectors have ${expected ?? held ?? '?'}: ` +
      `it comes from another model. Set CLIP_MODEL to the index's model, or ${startOver}.`,
  ],
  [
    /Field '([^']+)' is not knn_vector type/,
    ([, field = '']) =>
      `The index's field '${field}' holds no k-NN vectors: the photos were uploaded before the index was made. ${capital(startOver)}.`,
  ],
  [
    /unknown setting \[index\.knn|No handler for type \[knn_vector\]/,
    (_, host) => `The server at ${host} has no k-NN plugin: ${needPlugin}`,
  ],
  [
    /nmslib engine is deprecated/,
    () => "This OpenSearch no longer makes indexes with the nmslib engine: write engine: 'lucene' in the mapping.",
  ],
  [
    /zero vector is not supported/,
    () => 'A vector of zeros has no direction, so it has no cosine: leave this photo out.',
  ],
  [
    /mapping set to strict, dynamic introduction of \[([^\]]+)\]/,
    ([, field = '']) =>
      `The index has no field '${field}': correct its name, or add it to the mapping in notebook 1 and run it with recreate set to true.`,
  ],
];

/** Where to find a server with k-NN. */
export const needPlugin =
  "use the full OpenSearch distribution (not -min, nor Elasticsearch), or leave SERVICE_URI empty to use the workshop's own.";

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
