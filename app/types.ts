// What page and server say to each other: the requests' schemas, which the server checks, and the answers' types.
import Type, { type Static } from 'typebox';

/** `weight:what`, such as `1:red-zinnias.jpg`, or `-0.5:…` for what the search is to move away from. */
const weighted = (what: string, maxLength: number) =>
  Type.String({ pattern: `^-?[0-9](\\.[0-9]{1,2})?:${what}$`, maxLength });

const filterFields = {
  orientation: Type.Optional(Type.String({ maxLength: 20 })),
  colour: Type.Optional(Type.String({ maxLength: 20 })),
  folder: Type.Optional(Type.String({ maxLength: 500 })),
  minWidth: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  takenFrom: Type.Optional(Type.String({ maxLength: 20 })),
  takenTo: Type.Optional(Type.String({ maxLength: 20 })),
};
const strict = { additionalProperties: false };

/** Among which photos. */
export const FilterQuery = Type.Object(filterFields, strict);
export type FilterQuery = Static<typeof FilterQuery>;

/** What stands in the page's address, and is sent as it stands there. */
export const SearchQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 500 })),
    /** Photos of the index by their ids. */
    like: Type.Optional(Type.Array(weighted('[^]+', 600), { maxItems: 10 })),
    /** Dropped photos by their vectors, as `/api/like` gives them. */
    drop: Type.Optional(Type.Array(weighted('[A-Za-z0-9_-]+', 6000), { maxItems: 2 })),
    ...filterFields,
    /** `next` of the answer before. */
    after: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 4000 })),
    fold: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type SearchQuery = Static<typeof SearchQuery>;

/** A photo as the page shows it: every text at most 300 characters, links to http and https only. */
export interface ShownPhoto {
  id: string;
  title: string;
  author?: string;
  licence?: string;
  licenceUrl?: string;
  sourceUrl?: string;
  width?: number;
  height?: number;
  /** How near it is, in words and in figures; absent where nothing is searched for. */
  near?: { words: string; cosine: number; percentile: number };
  /** The same for photos that are copies of each other. */
  group?: string;
}

export interface SearchAnswer {
  photos: ShownPhoto[];
  /** For `after`, if there may be more. */
  next?: string;
  /** Of the whole search; absent where nothing is searched for. */
  verdict?: 'strong' | 'weak' | 'nothing';
  /** What the page says above the photos, and its reasons in figures. */
  sentence: string;
  reasons?: string;
  /** Words that the model does not know, or has not read. */
  notices: string[];
}

/** How many photos have a value, most first. */
export type Counts = { value: string; count: number }[];

export interface Facets {
  /** Photos that fulfil the filter. */
  total: number;
  orientation: Counts;
  colour: Counts;
  folder: Counts;
  year: Counts;
  /** Photos at least so wide. */
  minWidth: Counts;
}

export interface PhotoMap {
  /** Address of the small pictures' sheets, which are `0.webp`, `1.webp`, … there, row by row. */
  folder: string;
  /** A sheet is so many cells wide and high, each so many pixels. */
  sheet: { cells: number; side: number };
  columns: number;
  rows: number;
  photos: { id: string; column: number; row: number }[];
  /** How many photos the index holds; more than `photos` if these were drawn at random. */
  total: number;
}

/** What became of indexing a folder so far. */
export interface IndexProgress {
  state: 'working' | 'done' | 'failed';
  done: number;
  total?: number;
  note?: string;
}

export interface Health {
  state: 'ready';
  index: string;
  photos: number;
  model: string;
}

/** Why there is no answer, for the page to act on: it comes back by itself where the state may pass. */
export interface Problem {
  problem: 'away' | 'busy' | 'no index' | 'request' | 'refused' | 'mistake';
  message: string;
}
