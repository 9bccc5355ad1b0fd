import type { Grid } from './place';

/** Pixels; shown at half of it, so that it stays sharp on fine screens and when enlarged. */
const width = 1600;
/** Width to height of the page. */
const ratio = 4 / 3;
/** The share of the page that is covered with photos. */
const filled = 0.62;
/** Sides of a tile, in pixels. */
const largest = 240;
const largestMarked = 132;
/** Hits after this one keep the common size. */
const mostMarked = 12;

/** How the map is divided. */
export interface PageSize extends Grid {
  /** Side of a cell, in pixels. */
  cell: number;
  /** How many cells the query and its best hits are wide and high, since they are to be recognised. */
  markedSpan: number;
  /** How many of the hits have that size. */
  marked: number;
}

/**
 * The size of the map's cells: the larger, the fewer photos there are.
 *
 * @param count how many photos, 1 or more
 * @param hits how many of them are to be marked
 */
export function pageSize(count: number, hits: number): PageSize {
  const usual = cellsFor(count).cell;
  const markedSpan = Math.max(1, Math.round(largestMarked / usual));
  const marked = Math.min(hits, mostMarked);
  const queryCells = hits > 0 ? markedSpan ** 2 : 0;
  return { ...cellsFor(count + marked * (markedSpan ** 2 - 1) + queryCells), markedSpan, marked };
}

function cellsFor(area: number): Grid & { cell: number } {
  const columns = Math.ceil(Math.sqrt((area / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  return { columns, rows, cell: Math.min(largest, Math.floor(width / columns)) };
}
