/** A square on the map, in pixels. */
export interface Square {
  left: number;
  top: number;
  side: number;
}

const amber = '#ffb224';
const dark = '#16191f';

/**
 * What is drawn on top of the photos: the hits framed and numbered by rank, and a magnifying glass for the query with a
 * line to each hit. Only shapes: text would need fonts, which a container may lack, and would differ from machine to
 * machine.
 *
 * @returns an SVG for sharp, never for a page
 */
export function marksSvg(
  hits: readonly Square[],
  query: Square,
  { width, height }: { width: number; height: number },
): Buffer {
  const lines = hits.map((hit) => line(query, hit));
  const frames = hits.map((hit, position) => frame(hit, String(position + 1)));
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" fill="none" stroke-linecap="round" stroke-linejoin="round">` +
      `<mask id="beside"><rect width="${width}" height="${height}" fill="#fff"/>${hits.map(cover).join('')}</mask>` +
      `<g mask="url(#beside)">${lines.join('')}</g>${frames.join('')}${magnifyingGlass(query)}</svg>`,
  );
}

/** Lines pass behind the hits. */
const cover = ({ left, top, side }: Square) =>
  `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="#000"/>`;

const middle = ({ left, top, side }: Square) => ({ x: left + side / 2, y: top + side / 2 });

/** From the query's edge to the hit's edge. */
function line(query: Square, hit: Square): string {
  const [from, to] = [middle(query), middle(hit)];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const reach = Math.max(Math.abs(dx), Math.abs(dy));
  const [start, end] = [query.side / 2 / reach, 1 - hit.side / 2 / reach];
  if (start >= end) return '';
  const path = `M${from.x + start * dx} ${from.y + start * dy}L${from.x + end * dx} ${from.y + end * dy}`;
  return `<path d="${path}" stroke="${dark}" stroke-width="7"/><path d="${path}" stroke="${amber}" stroke-width="3"/>`;
}

/** Each digit as strokes in a box of 4 × 6. */
const digits: Record<string, string> = {
  0: 'M0 0H4V6H0Z',
  1: 'M1 1L2.5 0V6',
  2: 'M0 0H4V3H0V6H4',
  3: 'M0 0H4V6H0M1 3H4',
  4: 'M0 0V3H4M4 0V6',
  5: 'M4 0H0V3H4V6H0',
  6: 'M4 0H0V6H4V3H0',
  7: 'M0 0H4L2 6',
  8: 'M0 0H4V6H0ZM0 3H4',
  9: 'M4 3H0V0H4V6H0',
};

function frame({ left, top, side }: Square, rank: string): string {
  const rect = (stroke: string, strokeWidth: number) =>
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" rx="5" stroke="${stroke}" stroke-width="${strokeWidth}"/>`;
  const step = Math.max(2, Math.min(4, side / 24));
  const glyphs = rank
    .split('')
    .map((digit, position) => `<path transform="translate(${6.5 * position} 0)" d="${digits[digit] ?? ''}"/>`);
  const label = { width: (6.5 * rank.length + 3.5) * step, height: 12 * step };
  return (
    `${rect(dark, 12)}${rect(amber, 6)}` +
    `<rect x="${left}" y="${top}" width="${label.width}" height="${label.height}" rx="5" fill="${amber}"/>` +
    `<g transform="translate(${left + 3 * step} ${top + 3 * step}) scale(${step})" stroke="${dark}" stroke-width="1.1">${glyphs.join('')}</g>`
  );
}

function magnifyingGlass({ left, top, side }: Square): string {
  return (
    `<g transform="translate(${left} ${top}) scale(${side / 24})">` +
    `<circle cx="12" cy="12" r="11" fill="${amber}" stroke="${dark}" stroke-width="1.2"/>` +
    `<path d="M14 14L18 18" stroke="${dark}" stroke-width="2.6"/>` +
    `<circle cx="10.6" cy="10.6" r="4.6" stroke="${dark}" stroke-width="2.2"/></g>`
  );
}
