import { drawPlot, plotColours, plotText, verticalText } from '../plot-parts';
import type { LabResult, LabRow } from '../../further/index-lab/lab-result';

const panel = { width: 640, height: 400 };
const inner = { left: 70, top: 54, right: 20, bottom: 56 };
const legendHeight = 30;
/**
 * Recall against time, a panel for each result: one line for each index, along its values of `ef_search`. Up and to
 * the left is better.
 *
 * @returns a PNG
 */
export function recallPlot(results: readonly LabResult[]): Promise<Buffer> {
  const names = [...new Set(results.flatMap(({ rows }) => rows.map((row) => row.configuration)))];
  const colourOf = (name: string) => plotColours[names.indexOf(name) % plotColours.length] ?? '#000';
  const width = panel.width * results.length;
  const legendRows = Math.ceil((names.length + 1) / 3);
  const height = panel.height + legendRows * legendHeight + 12;
  const ranges = rangesOf(results);
  const panels = results.map((result, i) => panelSvg(result, i * panel.width, ranges, colourOf));
  const place = (i: number) => ({
    x: inner.left + (i % 3) * ((width - inner.left) / 3),
    y: panel.height + Math.floor(i / 3) * legendHeight + 16,
  });
  const legend = names.map((name, i) => {
    const { x, y } = place(i);
    return `${mark(x, y, name, colourOf(name))}${plotText(x + 14, y + 5, name)}`;
  });
  const settings = [...new Set(results.flatMap(({ rows }) => rows.flatMap((row) => row.efSearch ?? [])))];
  const { x, y } = place(names.length);
  legend.push(plotText(x - 6, y + 5, `along a line: ef_search ${settings.join(', ')}`));
  return drawPlot(width, height, panels.join('') + legend.join(''));
}

/** The axes, the same for all panels, to compare them: log10 of ms, and recall from the least. */
interface Ranges {
  from: number;
  to: number;
  least: number;
}

function rangesOf(results: readonly LabResult[]): Ranges {
  const rows = results.flatMap((result) => result.rows);
  const times = [...results.map(({ roundTripMs }) => roundTripMs), ...rows.map(({ p50Ms }) => p50Ms)];
  return {
    from: Math.log10(Math.min(...times) / 1.3),
    to: Math.log10(Math.max(...times) * 1.3),
    least: Math.floor(5 * Math.min(...rows.map(({ recall }) => recall), 0.9)) / 5,
  };
}

function panelSvg(
  { vectors, rows, roundTripMs }: LabResult,
  left: number,
  { from, to, least }: Ranges,
  colourOf: (name: string) => string,
): string {
  const [x0, x1] = [left + inner.left, left + panel.width - inner.right];
  const [y0, y1] = [panel.height - inner.bottom, inner.top];
  const x = (ms: number) => x0 + ((Math.log10(ms) - from) / (to - from)) * (x1 - x0);
  const y = (recall: number) => y0 + ((recall - least) / (1 - least)) * (y1 - y0);

  const grid = [
    ...ticks(10 ** from, 10 ** to).map(
      (ms) => `<path d="M${x(ms)} ${y0}V${y1}" stroke="#ddd"/>${plotText(x(ms), y0 + 20, String(ms), 'middle')}`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => {
      const recall = least + share * (1 - least);
      return `<path d="M${x0} ${y(recall)}H${x1}" stroke="#ddd"/>${plotText(x0 - 8, y(recall) + 5, String(Number(recall.toFixed(3))), 'end')}`;
    }),
    `<path d="M${x(roundTripMs)} ${y0}V${y1}" stroke="#888" stroke-dasharray="4 4"/>`,
    `<text transform="translate(${x(roundTripMs) + 15} ${y0 - 8}) rotate(-90)" font-size="12" fill="#555">round trip</text>`,
  ];
  const curves = [...new Set(rows.map(({ configuration }) => configuration))].map((name) => {
    const points = rows.filter(({ configuration }) => configuration === name);
    const at = ({ p50Ms, recall }: LabRow) => `${x(p50Ms)} ${y(recall)}`;
    const colour = colourOf(name);
    return (
      `<path d="M${points.map(at).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>` +
      points.map((row) => mark(x(row.p50Ms), y(row.recall), name, colour)).join('')
    );
  });
  return [
    ...grid,
    plotText(x0, 24, `${vectors.count.toLocaleString('en')} ${vectors.name}`, 'start', 'bold'),
    plotText((x0 + x1) / 2, panel.height - 12, 'median time of a search, ms (logarithmic)', 'middle'),
    verticalText(left + 18, (y0 + y1) / 2, `recall@${vectors.k}`),
    ...curves,
  ].join('');
}

/** 1, 2 and 5 times the powers of ten. */
function ticks(from: number, to: number): number[] {
  return [0.1, 1, 10, 100, 1000]
    .flatMap((power) => [1, 2, 5].map((digit) => Number((digit * power).toPrecision(1))))
    .filter((ms) => ms >= from && ms <= to);
}

/** A diamond where every vector is compared, a dot elsewhere. */
function mark(x: number, y: number, name: string, colour: string): string {
  return name === 'exact'
    ? `<path d="M${x} ${y - 8}l8 8l-8 8l-8 -8z" fill="${colour}"/>`
    : `<circle cx="${x}" cy="${y}" r="5" fill="${colour}"/>`;
}
