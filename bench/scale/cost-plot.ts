import { drawPlot, plotColours, plotText, verticalText } from '../plot-parts';
import type { SizeResult } from './scale-results';

/** What is drawn as one line: a cost at each size. */
interface CostLine {
  name: string;
  cost: (size: SizeResult) => number;
}

const panels: { title: string; unit: string; lines: CostLine[] }[] = [
  {
    title: 'One search',
    unit: 'p50, ms',
    lines: [
      { name: 'OpenSearch, HNSW', cost: ({ p50_ms }) => p50_ms },
      { name: 'the same, 8 clients', cost: ({ p50_ms_8 }) => p50_ms_8 },
      { name: 'plain loop, exact', cost: ({ loop_p50_ms }) => loop_p50_ms },
      { name: 'usearch, HNSW in this process', cost: ({ usearch }) => usearch.p50_ms },
    ],
  },
  {
    title: 'All photos',
    unit: 'seconds, or MB',
    lines: [
      { name: 'uploading, s', cost: ({ photos, upload_docs_per_s }) => photos / upload_docs_per_s },
      { name: 'disk, MB', cost: ({ photos, bytes_per_photo }) => (photos * bytes_per_photo) / 1e6 },
      { name: "the original's documents, MB", cost: (size) => (size.photos * size.original_bytes_per_photo) / 1e6 },
    ],
  },
];

const panel = { width: 640, height: 420 };
const inner = { left: 80, top: 50, right: 50, bottom: 130 };

/** Costs against the number of photos, both logarithmic: a straight line at 45 degrees doubles with the photos. @returns a PNG */
export function costPlot(sizes: readonly SizeResult[]): Promise<Buffer> {
  const drawn = panels.map((one, i) => panelSvg(one, i * panel.width, sizes));
  return drawPlot(panel.width * panels.length, panel.height, drawn.join(''));
}

function panelSvg({ title, unit, lines }: (typeof panels)[number], left: number, sizes: readonly SizeResult[]): string {
  const [x0, x1] = [left + inner.left, left + panel.width - inner.right];
  const [y0, y1] = [panel.height - inner.bottom, inner.top];
  const photos = decades(sizes.map((size) => size.photos));
  const costs = decades(lines.flatMap(({ cost }) => sizes.map(cost)));
  const x = scale(photos, x0, x1);
  const y = scale(costs, y0, y1);
  const grid = [
    ...photos.map(
      (at) => gridLine(`M${x(at)} ${y0}V${y1}`) + plotText(x(at), y0 + 20, at.toLocaleString('en'), 'middle'),
    ),
    ...costs.map(
      (at) => gridLine(`M${x0} ${y(at)}H${x1}`) + plotText(x0 - 8, y(at) + 5, at.toLocaleString('en'), 'end'),
    ),
  ];
  const drawn = lines.map(({ name, cost }, i) => {
    const colour = plotColours[i % plotColours.length] ?? '#000';
    const points = sizes.map((size) => [x(size.photos), y(cost(size))] as const);
    const key = { x: x0 + (i % 2) * ((x1 - x0) / 2), y: y0 + 76 + 24 * Math.floor(i / 2) };
    return (
      `<path d="M${points.map((point) => point.join(' ')).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>` +
      [...points, [key.x, key.y - 5]]
        .map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="5" fill="${colour}"/>`)
        .join('') +
      plotText(key.x + 12, key.y, name)
    );
  });
  return [
    ...grid,
    plotText(x0, 26, title, 'start', 'bold'),
    plotText((x0 + x1) / 2, y0 + 44, 'photos', 'middle'),
    verticalText(left + 18, (y0 + y1) / 2, unit),
    ...drawn,
  ].join('');
}

function gridLine(path: string): string {
  return `<path d="${path}" stroke="#ddd"/>`;
}

/** The powers of ten from below the least value to above the largest. */
function decades(values: number[]): number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
}

/** Where a value lies on an axis from the first of `ticks`, at `start`, to the last, at `end`. */
function scale(ticks: number[], start: number, end: number): (value: number) => number {
  const [from, to] = [Math.log10(ticks[0] ?? NaN), Math.log10(ticks.at(-1) ?? NaN)];
  return (value) => start + ((Math.log10(value) - from) / (to - from)) * (end - start);
}
