import { mean } from '../mean';
import type { Point } from './project-vectors';

/** The map's grid, in cells. */
export interface Grid {
  columns: number;
  rows: number;
}

/** Where a tile lies: its upper left cell, and how many cells it is wide and high. */
interface PlacedTile {
  column: number;
  row: number;
  span: number;
}

/**
 * Sets tiles into the cells of a grid, each as near to its point as there is room: none covers another.
 *
 * UMAP draws clusters with empty space between them. Half-way between a point's position and its rank on each axis,
 * the tiles use the page more evenly, and still show the clusters.
 *
 * @param points where the tiles would like to be
 * @param spans how many cells each is wide and high; larger ones find their place first
 * @throws RangeError if the grid has no room left
 */
export function placeTiles(points: readonly Point[], spans: readonly number[], { columns, rows }: Grid): PlacedTile[] {
  const across = spread(points.map(({ x }) => x));
  const down = spread(points.map(({ y }) => y));
  const wishes = points.map((_, i) => {
    const span = spans[i] ?? 1;
    return { span, column: (across[i] ?? 0) * (columns - span), row: (down[i] ?? 0) * (rows - span) };
  });
  const taken = new Uint8Array(columns * rows);
  const placed: PlacedTile[] = [];
  for (const i of fromTheMiddle(wishes)) {
    const wish = wishes[i];
    if (wish) placed[i] = nearestFree(wish, taken, { columns, rows });
  }
  return placed;
}

/** Numbers from 0 to 1 in the order of `values`: half of each is its position, half its rank. */
function spread(values: number[]): number[] {
  const least = Math.min(...values);
  const range = Math.max(...values) - least;
  if (range === 0) return values.map(() => 0.5);
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const spreadOut: number[] = [];
  order.forEach((i, rank) => {
    spreadOut[i] = ((values[i] ?? 0) - least) / range / 2 + rank / (values.length - 1) / 2;
  });
  return spreadOut;
}

/** Large tiles first, then from the middle outwards: those that give way move to the outside. */
function fromTheMiddle(wishes: readonly PlacedTile[]): number[] {
  const column = mean(wishes.map((wish) => wish.column));
  const row = mean(wishes.map((wish) => wish.row));
  const keys = wishes.map((wish) => Math.hypot(wish.column - column, wish.row - row) - 1e6 * wish.span);
  return keys.map((_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

/** Takes the free place that is nearest to a wish. */
function nearestFree(wish: PlacedTile, taken: Uint8Array, { columns, rows }: Grid): PlacedTile {
  const { span } = wish;
  let best: PlacedTile | undefined;
  let least = Infinity;
  for (let row = 0; row <= rows - span; row++) {
    for (let column = 0; column <= columns - span; column++) {
      const distance = (column - wish.column) ** 2 + (row - wish.row) ** 2;
      if (distance >= least || !isFree(row, column)) continue;
      best = { column, row, span };
      least = distance;
    }
  }
  if (!best) throw new RangeError(`No room for ${span} × ${span} cells in ${columns} × ${rows}.`);
  for (const cell of cellsOf(best.row, best.column)) taken[cell] = 1;
  return best;

  function isFree(row: number, column: number): boolean {
    return cellsOf(row, column).every((cell) => taken[cell] === 0);
  }
  function cellsOf(row: number, column: number): number[] {
    return Array.from({ length: span * span }, (_, i) => (row + Math.floor(i / span)) * columns + column + (i % span));
  }
}
