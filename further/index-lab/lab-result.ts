import { inspect } from 'node:util';
import { textTable } from '../../console/text-table';
import type { FilledIndex } from './fill-index';
import type { Measured } from './measure-searches';

/** One way to search, measured. */
export interface LabRow extends FilledIndex, Measured {
  configuration: string;
  /** Absent where every vector is compared. */
  efSearch?: number;
}

export interface LabResult {
  vectors: { name: string; count: number; dimension: number; queries: number; k: number };
  rows: LabRow[];
  /** Median time of a search that compares nothing: the round trip. */
  roundTripMs: number;
  /** Configurations that this server does not know, and its reason. */
  refused: { configuration: string; reason: string }[];
}

/** The result, printing as its table. */
export function shownAsTable(result: LabResult): LabResult {
  return Object.defineProperty(result, inspect.custom, { value: () => labTable(result) });
}

/** A lab's result as a table of text. */
export function labTable({ vectors, rows, roundTripMs, refused }: LabResult): string {
  const head = ['', 'ef_search', `recall@${vectors.k}`, 'p50 ms', 'p95 ms', 'bytes/vector', 'build s'];
  const { name, count, dimension, queries } = vectors;
  return [
    `${count} ${name}, ${dimension} numbers each; ${queries} queries; ${roundTripMs.toFixed(1)} ms for a search that compares nothing`,
    textTable([head, ...rows.map(rowCells)], ['left', 'right']),
    ...refused.map(({ configuration, reason }) => `Without ${configuration}: ${reason}`),
  ].join('\n');
}

/** Configuration, ef_search, recall, p50, p95, bytes per vector, seconds to build. */
export function rowCells(row: LabRow): string[] {
  return [
    row.configuration,
    row.efSearch === undefined ? '' : String(row.efSearch),
    row.recall.toFixed(3),
    row.p50Ms.toFixed(1),
    row.p95Ms.toFixed(1),
    row.bytesPerVector.toFixed(0),
    row.buildSeconds.toFixed(1),
  ];
}
