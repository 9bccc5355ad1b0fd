import { luceneMethod } from '../../lib/photo-index';

/** How an index's vectors are searched. */
export interface LabConfiguration {
  /** For people, and part of the index's name. */
  name: string;
  /**
   * The mapping's `method`, or none: then every vector is compared, by a script.
   * Lucene's engine only: the native ones are not in every server, the workshop's own among them.
   */
  method?: HnswMethod;
  /** Values of `ef_search` that are tried; without a method there is nothing to set. */
  efSearch: number[];
}

type HnswMethod = typeof luceneMethod & {
  parameters: {
    m: number;
    ef_construction: number;
    /** Scalar quantisation: each number of a vector in 7 bits. */
    encoder?: { name: 'sq'; parameters: { bits: 7 } };
  };
};

/** Each vector compared with the query. */
export const exact: LabConfiguration = { name: 'exact', efSearch: [] };

/**
 * A graph with `m` links for each vector, built with `efConstruction` candidates in view.
 *
 * @param options.bits 7 for quantised vectors; 32 otherwise
 */
export function hnsw(
  m: number,
  efConstruction: number,
  { efSearch, bits }: { efSearch: number[]; bits?: 7 },
): LabConfiguration {
  const encoder = bits && { name: 'sq' as const, parameters: { bits } };
  return {
    name: `HNSW m=${m} ef_construction=${efConstruction}${bits ? `, ${bits} bit` : ''}`,
    method: { ...luceneMethod, parameters: { m, ef_construction: efConstruction, encoder } },
    efSearch,
  };
}

/** Comparing with every vector, OpenSearch's usual graph, and one with so few links that it misses some. */
export const quickConfigurations: readonly LabConfiguration[] = [
  exact,
  hnsw(16, 100, { efSearch: [10, 100] }),
  hnsw(4, 16, { efSearch: [10, 100] }),
];
