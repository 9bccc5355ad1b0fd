import type { NeighbourStatistics } from './neighbour-statistics';

/** What `bench/results-scale.json` holds. */
export interface ScaleResults {
  /** How near real and made-up vectors lie to each other, as many of both. */
  neighbours: { photos: NeighbourStatistics; madeUp: NeighbourStatistics };
  /** In the order of their sizes; a size that is measured again replaces what was there. */
  sizes: SizeResult[];
}

/** One size, measured. Times in ms. */
export interface SizeResult {
  photos: number;
  date: string;
  command: string;
  machine: Record<string, string>;
  /** Load of the machine (1 minute) before and after; the benchmark itself makes about 2 on 2 cores. */
  load: { before: number; after: number };
  /** What `ef_search` 100, which `searchPhotos` sends, finds of the ten true neighbours: 0 to 1. */
  recall10: number;
  /** One client. */
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  /** Eight clients at once. */
  p50_ms_8: number;
  p95_ms_8: number;
  p99_ms_8: number;
  searches_per_s_8: number;
  /** By the share of the photos that the filter lets through: 0.01, 0.1, 0.5. */
  filtered: { share: number; recall10: number; p50_ms: number; p95_ms: number }[];
  upload_docs_per_s: number;
  raw_bulk_docs_per_s: number;
  /** See `Filled`. */
  upload_own_share: number;
  searchable_s: number;
  /** Until nothing is merged any more, after all is searchable. */
  merged_s: number;
  bytes_per_photo: number;
  /** Of documents as the original workshop makes them, see `originalBytesPerPhoto`. */
  original_bytes_per_photo: number;
  segments: number;
  heap_used_mb: number;
  heap_max_mb: number;
  /** What Java holds outside its heap: classes, compiled code, buffers. */
  off_heap_mb: number;
  /** The server's process as a whole; it counts files that are mapped into its memory too. NaN without /proc. */
  rss_mb: number;
  /** Every vector compared, in TypeScript. */
  loop_p50_ms: number;
  /** HNSW in this process, `usearch`. */
  usearch: { recall10: number; p50_ms: number; build_docs_per_s: number };
}
