import { inspect } from 'node:util';
import { cosineFromScore, type SpaceType } from './search/space-type';

/** One photo that a search found. Only `id` and `cosine` are certain: an index may have been filled by anyone. */
export interface PhotoHit {
  id: string;
  /** Cosine of the angle between the query's vector and the photo's, -1 to 1; NaN if the search gave no score. */
  cosine: number;
  image_url?: string;
  /** Where it lies, as its owner writes it: in a folder of one's own, see `indexOwnPhotos`. */
  path?: string;
  title?: string;
  author?: string;
  licence?: string;
  licence_url?: string;
  source_url?: string;
  width?: number;
  height?: number;
}

/** The part of a search's response that {@link photoHits} reads. */
export interface PhotoSearchResponse {
  hits: { hits: { _id?: string; _score?: unknown; _source?: unknown }[] };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** What a terminal would take for a command, or for a change of the text's direction. */
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** One line, whatever a text holds. */
function oneLine(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(unprintable, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line, no longer than a cell of a table should be. */
function cellText(text: string): string {
  const line = oneLine(text.slice(0, 100));
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/**
 * The hits as a table of text, which is what a cell shows of them; with `z` and percentile where they have been judged.
 *
 * @param firstRank 1 on the first page
 */
export function hitsTable(
  hits: readonly (PhotoHit & { z?: number; percentile?: number })[],
  firstRank = 1,
): string {
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
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * The photos in a search's response, best first, with the score turned back into a cosine.
 *
 * @param spaceType what the index compares its vectors by, see `indexSpaceType`
 */
export function photoHits(
  response: PhotoSearchResponse,
  spaceType: SpaceType = 'cosinesimil',
): PhotoHit[] {
  const hits = response.hits.hits.map(({ _id, _score, _source }): PhotoHit => {
    const source = (_source ?? {}) as Record<string, unknown>;
    return {
      id: _id ?? '',
      cosine: cosineFromScore(number(_score) ?? NaN, spaceType),
      image_url: text(source.image_url),
      title: text(source.title),
      author: text(source.author),
      licence: text(source.licence),
      licence_url: text(source.licence_url),
      source_url: text(source.source_url),
      width: number(source.width),
      height: number(source.height),
    };
  });
  return Object.defineProperty(hits, inspect.custom, { value: () => hitsTable(hits) });
}
