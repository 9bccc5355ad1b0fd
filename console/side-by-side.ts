import { noLatex } from '../lib/html';

/**
 * Pieces of HTML beside each other, below each other where the page is narrow: two grids to compare, say.
 *
 * @param pieces trusted markup, such as `photoGrid` gives
 */
export function sideBySide(pieces: readonly string[]): string {
  const columns = pieces.map((piece) => `<div style="flex:1 1 340px;min-width:0">${piece}</div>`);
  return `<div ${noLatex} style="display:flex;flex-wrap:wrap;gap:8px 32px">${columns.join('')}</div>`;
}
