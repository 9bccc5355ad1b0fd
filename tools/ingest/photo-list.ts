import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { fileProblem, PhotoSearchError } from '../../lib/errors';
import { imageUrlPrefix, type Photo, photoId, type SkippedPhoto } from '../../lib/photos';
import type { PhotoCredit } from '../../lib/photo/photo-credits';
import { unsplashLicence } from '../photos/credits';

/** A photo that lies, or will lie, in the photos folder, and where it comes from. */
export interface ListedPhoto extends Photo {
  address: string;
  credit: PhotoCredit;
}

export interface PhotoList {
  photos: ListedPhoto[];
  /** Rows that name no photo. */
  skipped: SkippedPhoto[];
  /** Where the photos lie, below the photos folder. */
  folder: string;
}

/**
 * What is read of a photo, and the columns that may hold it: the first counts that is not empty. `+` joins several.
 * The first ones are those of Unsplash's research datasets.
 */
export const listColumns = {
  id: ['photo_id', 'id'],
  address: ['photo_image_url', 'image_url', 'url'],
  page: ['photo_url', 'page_url', 'source_url'],
  title: ['photo_description', 'ai_description', 'title', 'description'],
  author: ['photographer_first_name+photographer_last_name', 'photographer_username', 'author', 'photographer'],
  licence: ['licence', 'license'],
  licence_url: ['licence_url', 'license_url'],
} as const;

type Field = keyof typeof listColumns;
export type GivenColumns = Partial<Record<Field, string>>;

/**
 * Reads a list of photos' addresses: a TSV or CSV file in UTF-8 whose first line names its columns. A photo's name is
 * made of the list's, its id, and a hash of its address: it stays the same wherever the list is read, and no other
 * address has it.
 *
 * @param given columns that hold a field, instead of the usual ones
 * @throws PhotoSearchError if the file can't be read, or has no column of addresses
 */
export async function readPhotoList(file: string, photosDir: string, given: GivenColumns = {}): Promise<PhotoList> {
  const listName = path.basename(file);
  const folder = path.parse(file).name.replaceAll(/^\.|[^\w.-]/g, '_');
  const list: PhotoList = { photos: [], skipped: [], folder };
  const skip = (lines: string, reason: string) => {
    list.skipped.push({ imageUrl: `${listName}, line ${lines}`, reason });
  };
  let linesRead = 0;
  let unclosedAt: number | undefined;
  const rows = parse({
    bom: true,
    info: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    delimiter: await delimiterOf(file),
    columns: (header: string[]) => {
      const names = header.map((name) => name.trim());
      requireColumns(listName, names, given);
      return names;
    },
    on_record: (row: Row) => {
      linesRead = row.info.lines;
      return row;
    },
    on_skip: (error) => {
      const last = Number(error?.lines);
      if (error?.code === 'CSV_QUOTE_NOT_CLOSED') unclosedAt = linesRead + 1;
      else
        skip(`${linesRead + 1}${last > linesRead + 1 ? ` to ${last}` : ''}`, 'has more or fewer columns than line 1');
      linesRead = last;
    },
  });
  const lineOf = new Map<string, number>();
  // An error of either ends the loop.
  const lines = pipeline(createReadStream(file), rows, () => undefined);
  for await (const { record, info } of lines as AsyncIterable<Row>) {
    const read = (field: Field) => valueOf(record, columnsOf(field, given));
    const address = read('address') ?? '';
    if (!isWebAddress(address)) {
      skip(
        String(info.lines),
        address === '' ? 'has no address' : 'has an address that is not a web address (https://…)',
      );
      continue;
    }
    const id = (read('id') ?? '').replaceAll(/[^\w-]/g, '_').slice(0, 100);
    const hash = createHash('sha256').update(address).digest('hex').slice(0, 16);
    const name = `${folder}/${id}${id && '-'}${hash}.jpg`;
    const earlier = lineOf.get(name);
    if (earlier !== undefined) {
      skip(String(info.lines), `is the same photo as line ${earlier}`);
      continue;
    }
    lineOf.set(name, info.lines);
    const usual = new URL(address).hostname.endsWith('.unsplash.com') ? unsplashLicence : undefined;
    const credit = {
      title: read('title'),
      author: read('author'),
      source_url: read('page'),
      licence: read('licence') ?? usual?.name,
      licence_url: read('licence_url') ?? usual?.url,
    };
    const place = { name, path: path.join(photosDir, name), imageUrl: imageUrlPrefix + name };
    list.photos.push({ id: photoId(name), ...place, credit, address });
  }
  if (unclosedAt !== undefined) {
    throw new PhotoSearchError(
      `${listName} has a quotation mark in line ${unclosedAt} or below that is never closed: close it, or remove it.`,
    );
  }
  return list;
}

interface Row {
  record: Record<string, string>;
  /** The number of the row's last line, from 1. */
  info: { lines: number };
}

/** Tab, comma or semicolon: what the first line has. */
async function delimiterOf(file: string): Promise<string> {
  try {
    const opened = await open(file);
    try {
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(65_536), 0, 65_536, 0);
      const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/);
      return ['\t', ',', ';'].find((delimiter) => header.includes(delimiter)) ?? ',';
    } finally {
      await opened.close();
    }
  } catch (cause) {
    throw new PhotoSearchError(`${file} ${fileProblem(cause)}.`, { cause });
  }
}

function columnsOf(field: Field, given: GivenColumns): readonly string[] {
  return given[field] === undefined ? listColumns[field] : [given[field]];
}

/** @throws PhotoSearchError if a column that was asked for is missing, or none holds addresses */
function requireColumns(listName: string, header: string[], given: GivenColumns): void {
  const has = (column: string) => column.split('+').some((name) => header.includes(name));
  const there = `Its columns are ${header.join(', ')}.`;
  for (const column of Object.values(given)) {
    if (!has(column)) throw new PhotoSearchError(`${listName} has no column ${column}. ${there}`);
  }
  if (!columnsOf('address', given).some(has)) {
    const usual = listColumns.address.join(', ');
    throw new PhotoSearchError(
      `${listName} has no column of addresses (${usual}): name it with --column address=NAME. ${there}`,
    );
  }
}

function valueOf(record: Record<string, string>, columns: readonly string[]): string | undefined {
  for (const column of columns) {
    const values = column.split('+').map((name) => (record[name] ?? '').trim().replaceAll(/\s+/g, ' '));
    const value = values.filter((part) => part !== '').join(' ');
    if (value !== '') return value;
  }
  return undefined;
}

function isWebAddress(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}
