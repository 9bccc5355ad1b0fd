import { PhotoSearchError } from '../../lib/errors';
import type { FilterClause } from '../../lib/search';
import { type ColourName, colourNames } from '../../lib/photo/photo-colours';
import { isoPeriod } from './iso-period';

/** Which photos may be found. Every field that is given must be fulfilled. */
export interface PhotoFilter {
  orientation?: 'landscape' | 'portrait' | 'square';
  /** Pixels, as the photo is looked at. */
  minWidth?: number;
  maxWidth?: number;
  /** One of the photo's colours, see `photoColours`. */
  colour?: ColourName;
  /** A folder below the photos folder, such as `holidays/2024`, with the folders in it. */
  folder?: string;
  /**
   * When the photo was taken, by its EXIF data; photos without are never found. ISO 8601, down to the precision that is
   * meant: `2024`, `2024-05`, `2024-05-31`, `2024-05-31T18:20:07`. Both ends belong to it.
   */
  takenFrom?: string;
  takenTo?: string;
}

const filterFields: Record<keyof PhotoFilter, true> = {
  orientation: true,
  minWidth: true,
  maxWidth: true,
  colour: true,
  folder: true,
  takenFrom: true,
  takenTo: true,
};
const orientations = ['landscape', 'portrait', 'square'];

/** Photos by the `_id`s of their documents, and by the SHA-256 of their files. */
export interface ExcludedPhotos {
  ids?: readonly string[];
  sha256?: readonly string[];
}

/**
 * The condition for a k-NN query's own `filter`: the search then looks among these photos only (_pre-filtering_), and
 * finds `k` of them if there are so many.
 *
 * @param excluded photos that are not to be found
 * @returns undefined where every photo may be found
 * @throws PhotoSearchError if a field is unknown, or has a value that nothing could fulfil
 */
export function photoFilter(
  filter: PhotoFilter,
  { ids = [], sha256 = [] }: ExcludedPhotos = {},
): FilterClause | undefined {
  const clauses = filterClauses(filter);
  const excluded: FilterClause[] = [
    ...(ids.length > 0 ? [{ ids: { values: [...ids] } }] : []),
    ...(sha256.length > 0 ? [{ terms: { sha256: [...sha256] } }] : []),
  ];
  if (clauses.length === 0 && excluded.length === 0) return undefined;
  return { bool: { filter: clauses, must_not: excluded } };
}

function filterClauses(filter: PhotoFilter): FilterClause[] {
  const { orientation, minWidth, maxWidth, colour, folder, takenFrom, takenTo } = filter;
  for (const field of Object.keys(filter)) {
    if (!(field in filterFields)) {
      throw problem(`There is no filter '${field}'`, `use ${list(Object.keys(filterFields))}`);
    }
  }
  const clauses: FilterClause[] = [];
  if (orientation !== undefined) {
    clauses.push({ term: { orientation: oneOf('orientation', orientation, orientations) } });
  }
  if (minWidth !== undefined || maxWidth !== undefined) {
    const gte = pixels('minWidth', minWidth);
    const lte = pixels('maxWidth', maxWidth);
    if (gte !== undefined && lte !== undefined && gte > lte) throw above('Width', gte, lte);
    clauses.push({ range: { width: { gte, lte } } });
  }
  if (colour !== undefined) {
    clauses.push({ term: { colours: oneOf('colour', colour, colourNames) } });
  }
  if (folder !== undefined) {
    const names = normalForms(folderName(folder));
    clauses.push({
      bool: { should: names.flatMap((name) => [{ term: { folder: name } }, { prefix: { folder: `${name}/` } }]) },
    });
  }
  if (takenFrom !== undefined || takenTo !== undefined) {
    const from = period('takenFrom', takenFrom);
    const to = period('takenTo', takenTo);
    if (from && to && from.first > to.last) throw above('Taken', takenFrom, takenTo);
    clauses.push({ range: { taken: { gte: from?.first, lte: to?.last } } });
  }
  return clauses;
}

function problem(what: string, whatToDo: string): PhotoSearchError {
  return new PhotoSearchError(`${what}: ${whatToDo}.`);
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** How a value of any type stands in a message. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function oneOf(field: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw problem(`The filter's ${field} is ${shown(value)}`, `it must be ${list(allowed)}`);
}

function pixels(field: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw problem(`The filter's ${field} is ${shown(value)}`, 'it must be a whole number of pixels, 0 or more');
}

function folderName(folder: string): string {
  const name = folder.replace(/\/+$/, '');
  if (name !== '' && !name.startsWith('/') && !name.split('/').includes('..')) return name;
  throw problem(
    `The filter's folder is '${folder}'`,
    "it must be the path of a folder below the photos folder, such as 'holidays/2024'",
  );
}

function period(field: string, date: string | undefined): ReturnType<typeof isoPeriod> {
  if (date === undefined) return undefined;
  const found = isoPeriod(date);
  if (found) return found;
  throw problem(
    `The filter's ${field} is ${shown(date)}, which is not a date`,
    'write 2024, 2024-05, 2024-05-31 or 2024-05-31T18:20:07',
  );
}

function above(what: string, from: unknown, to: unknown): PhotoSearchError {
  return problem(
    `${what} from ${shown(from)} to ${shown(to)} leaves nothing, since the first is above the second`,
    'swap them',
  );
}

/**
 * A name as disks may have it: `ü` is one character, or `u` and two dots (macOS, and what was copied from there). An index
 * has ids and addresses as the disk had them.
 *
 * @returns the name as it is, and in Unicode's normal forms C and D, each once
 */
export function normalForms(name: string): string[] {
  return [...new Set([name, name.normalize('NFC'), name.normalize('NFD')])];
}
