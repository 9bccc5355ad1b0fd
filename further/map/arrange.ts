import { mean } from '../mean';
import type { Square } from './marks';
import { placeTiles, type Grid } from './place-tiles';
import type { Point } from './project-vectors';

/** Between tiles, in pixels. */
const gap = 2;
/** Around the map, in pixels. */
const margin = 24;

/** Where everything lies on the map, in pixels. */
interface Arrangement {
  width: number;
  height: number;
  /** One for each photo; none covers another. */
  squares: Square[];
  /** The query's, if there are hits: in the middle of them, or as near to it as there is room. */
  query?: Square;
}

/**
 * Finds a place for every photo, and for the query; then cuts off what stays empty around them.
 *
 * @param points one for each photo, at least one
 * @param hits which of the photos were found, best first
 */
export function arrange(points: readonly Point[], hits: readonly number[]): Arrangement {
  const { cell, markedSpan, marked, ...grid } = pageSize(points.length, hits.length);
  const large = new Set(hits.slice(0, marked));
  const wishes = [...points];
  const spans = points.map((_, i) => (large.has(i) ? markedSpan : 1));
  if (hits.length > 0) {
    const found = hits.flatMap((i) => points[i] ?? []);
    wishes.push({ x: mean(found.map(({ x }) => x)), y: mean(found.map(({ y }) => y)) });
    spans.push(markedSpan);
  }
  const placed = placeTiles(wishes, spans, grid);
  const left = Math.min(...placed.map(({ column }) => column));
  const top = Math.min(...placed.map(({ row }) => row));
  const right = Math.max(...placed.map(({ column, span }) => column + span));
  const bottom = Math.max(...placed.map(({ row, span }) => row + span));
  const squares = placed.map(({ column, row, span }) => ({
    left: margin + (column - left) * cell,
    top: margin + (row - top) * cell,
    side: span * cell - gap,
  }));
  return {
    width: (right - left) * cell - gap + 2 * margin,
    height: (bottom - top) * cell - gap + 2 * margin,
    squares: squares.slice(0, points.length),
    query: squares[points.length],
  };
}

/** Pixels; shown at half of it, to stay sharp on fine screens and when enlarged. */
const pageWidth = 1600;
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
interface PageSize extends Grid {
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
function pageSize(count: number, hits: number): PageSize {
  const usual = cellsFor(count).cell;
  const markedSpan = Math.max(1, Math.round(largestMarked / usual));
  const marked = Math.min(hits, mostMarked);
  const queryCells = hits > 0 ? markedSpan ** 2 : 0;
  return { ...cellsFor(count + marked * (markedSpan ** 2 - 1) + queryCells), markedSpan, marked };
}

function cellsFor(area: number): Grid & { cell: number } {
  const columns = Math.ceil(Math.sqrt((area / filled) * ratio));
  const rows = Math.ceil(columns / ratio);
  return { columns, rows, cell: Math.min(largest, Math.floor(pageWidth / columns)) };
}
