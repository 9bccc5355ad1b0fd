import { parseArgs } from 'node:util';
import { PhotoSearchError } from '../../lib/errors';
import type { SearchRequest } from '../../further/combinations/photo-search';
import { mostHits, photoQuery } from '../../lib/search';
import { photoFilter, type PhotoFilter } from '../../further/filter/photo-filter';
import { wholeNumber } from '../understand';
import { weightedTerms, type SearchWeights } from '../../further/combinations/terms';

/** The options of every search in a terminal. */
export const searchUsage = `What to search for (photos named here are left out of the results)
  TEXT                  what the photos show
  --like PHOTO          photos like this one: its id or image_url in the index, or a file
  --plus TEXT           towards this too; this and the next three may be repeated
  --plus-photo PHOTO
  --minus TEXT          away from this
  --minus-photo PHOTO
  --weights LIST        how much each counts (text=1,like=1,plus=1,minus=0.5)

Among which photos
  --orientation WHICH   landscape, portrait or square
  --min-width N, --max-width N          in pixels
  --colour NAME         (or --color) red, green, …: a colour that covers at least a twentieth of the photo
  --folder NAME         a folder below the photos folder, with its subfolders
  --taken-from DATE, --taken-to DATE    2024, 2024-05 or 2024-05-31; from the photos' EXIF data

What to show
  --k N                 how many photos, 1 to ${mostHits} (3)
  --page N              1 for the first k, 2 for the next k, and so on (1)
  --json                for programs, with npm run -s search: { query, model, verdict, sentence, hits: [{ id, image_url, path, cosine, z, percentile }] }
  --html FILE           also writes a page with the pictures`;

export const usage = `Usage: npm run search -- "red flowers"
       npm run search -- --like photos/red-zinnias.jpg --plus "at night" --minus people

${searchUsage}
  --help

Exit code: 0 if the search worked, even if it found nothing; 1 if it failed; 2 for a wrong command line.`;

/** A search that is asked for on the command line. */
export interface SearchCommand {
  request: SearchRequest;
  json: boolean;
  /** File of a page to write. */
  html?: string;
}

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;

/** The same options, for `parseArgs`. */
export const searchOptions = {
  like: text,
  plus: texts,
  'plus-photo': texts,
  minus: texts,
  'minus-photo': texts,
  weights: text,
  orientation: text,
  'min-width': text,
  'max-width': text,
  colour: text,
  color: text,
  folder: text,
  'taken-from': text,
  'taken-to': text,
  k: text,
  page: text,
  json: { type: 'boolean' },
  html: text,
} as const;

type SearchValues = ReturnType<typeof parseArgs<{ options: typeof searchOptions }>>['values'];

/**
 * Reads the command line of `npm run search`.
 *
 * @throws Error saying what is wrong with it
 */
export function readCommandLine(args: string[]): SearchCommand {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: searchOptions });
  return searchCommand(values, positionals);
}

/**
 * @param values of {@link searchOptions}
 * @param words the text
 * @throws Error saying what is wrong with them
 */
export function searchCommand(values: SearchValues, words: string[]): SearchCommand {
  const photos = (names: string[] = []) => names.map((photo) => ({ photo }));
  const filter = {
    orientation: values.orientation,
    minWidth: wholeNumber('--min-width', values['min-width']),
    maxWidth: wholeNumber('--max-width', values['max-width']),
    colour: oneColour(values.colour, values.color),
    folder: values.folder,
    takenFrom: values['taken-from'],
    takenTo: values['taken-to'],
  } as PhotoFilter;
  const request: SearchRequest = {
    text: words.length > 0 ? words.join(' ') : undefined,
    like: values.like,
    plus: [...(values.plus ?? []), ...photos(values['plus-photo'])],
    minus: [...(values.minus ?? []), ...photos(values['minus-photo'])],
    weights: readWeights(values.weights),
    filter,
    k: wholeNumber('--k', values.k),
    page: wholeNumber('--page', values.page),
  };
  // What is wrong with any of these is a mistake in the command line.
  weightedTerms(request);
  photoFilter(filter);
  photoQuery(new Float32Array(), request.k ?? 3, { page: request.page });
  return { request, html: values.html, json: values.json === true };
}

function oneColour(colour: string | undefined, color: string | undefined): string | undefined {
  if (colour === undefined || color === undefined) return colour ?? color;
  throw new PhotoSearchError(`Both --colour ${colour} and --color ${color} are given: give one.`);
}

const parts = ['text', 'like', 'plus', 'minus'] as const;

function readWeights(list = ''): SearchWeights {
  const weights: SearchWeights = {};
  for (const entry of list.split(',').filter(Boolean)) {
    const [name = '', value = '', ...more] = entry.split('=');
    const part = parts.find((part) => part === name.trim());
    if (!part || more.length > 0 || value.trim() === '' || Number.isNaN(Number(value))) {
      throw new PhotoSearchError(`--weights must look like text=1,minus=0.5, not ${list}.`);
    }
    weights[part] = Number(value);
  }
  return weights;
}
