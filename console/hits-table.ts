import { shorten } from '../lib/html';
import type { PhotoHit } from '../lib/search';
import { textTable } from './text-table';

/** What a terminal would take for a command, or for a change of the text's direction. */
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** One line, whatever a text holds. */
function oneLine(text: string): string {
  return text.replace(unprintable, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line, no longer than a cell of a table should be. */
function cellText(text: string): string {
  return shorten(oneLine(text.slice(0, 100)), 60);
}

/**
 * The hits of a search as a table of text; with `z` and percentile where they have been judged.
 *
 * @param firstRank 1 on the first page
 */
export function hitsTable(hits: readonly (PhotoHit & { z?: number; percentile?: number })[], firstRank = 1): string {
  if (hits.length === 0) return 'No photos found.';
  const judged = hits.some(({ z }) => z !== undefined);
  const rows = hits.map((hit, position) => [
    String(firstRank + position),
    hit.cosine.toFixed(3),
    ...(judged ? [(hit.z ?? NaN).toFixed(1), (hit.percentile ?? NaN).toFixed(0)] : []),
    // A path that is cut can't be opened.
    hit.path === undefined ? cellText(hit.image_url ?? hit.id) : oneLine(hit.path),
    cellText(hit.title ?? ''),
  ]);
  const table = [['', 'cosine', ...(judged ? ['z', 'percentile'] : []), 'photo', 'title'], ...rows];
  return textTable(table);
}
