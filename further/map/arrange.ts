import type { Square } from './marks';
import { pageSize } from './page-size';
import { placeTiles, type PlacedTile } from './place';
import type { Point } from './project';

/** Between tiles, in pixels. */
const gap = 2;
/** Around the map, in pixels. */
const margin = 24;

/** Where everything lies on the map, in pixels. */
export interface Arrangement {
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
    const middle = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
    wishes.push({ x: middle(found.map(({ x }) => x)), y: middle(found.map(({ y }) => y)) });
    spans.push(markedSpan);
  }
  const placed = placeTiles(wishes, spans, grid);
  const [left, top] = [least(placed, ({ column }) => column), least(placed, ({ row }) => row)];
  const right = -least(placed, ({ column, span }) => -column - span);
  const bottom = -least(placed, ({ row, span }) => -row - span);
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

function least(tiles: readonly PlacedTile[], value: (tile: PlacedTile) => number): number {
  return tiles.reduce((smallest, tile) => Math.min(smallest, value(tile)), Infinity);
}
