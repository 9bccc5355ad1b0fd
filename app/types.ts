// What page and server say to each other: the requests' schemas, which the server checks, and the answers' types.
import Type, { type Static } from 'typebox';

export const [short, strict] = [Type.Optional(Type.String({ maxLength: 20 })), { additionalProperties: false }];
/** Which photos are searched; `PhotoFilter` in further/ says which values there are. */
const conditions = {
  orientation: short,
  colour: short,
  folder: Type.Optional(Type.String({ maxLength: 500 })),
  minWidth: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  takenFrom: short,
  takenTo: short,
};
export const PhotoConditions = Type.Object(conditions, strict);
export type PhotoConditions = Static<typeof PhotoConditions>;

/** `weight:what`, such as `1:red-zinnias.jpg`, or `-0.5:…` for what the search is to move away from. */
const weighted = (what: string, maxLength: number) =>
  Type.String({ pattern: `^-?[0-9](\\.[0-9]{1,2})?:${what}$`, maxLength });

/** What the page's address says, sent as it stands there. */
export const SearchQuery = Type.Object(
  {
    q: Type.String({ maxLength: 500, default: '' }),
    /** Photos of the index by their ids. */
    like: Type.Array(weighted('[^]+', 600), { maxItems: 10, default: [] }),
    /** Dropped photos by their vectors, as `/api/like` gives them. */
    drop: Type.Array(weighted('[A-Za-z0-9_-]+', 6000), { maxItems: 2, default: [] }),
    ...conditions,
    /** Whether copies of a photo are shown once. */
    fold: Type.Optional(Type.Boolean()),
    /** How many photos; OpenSearch gives the first 10,000 only. */
    k: Type.Integer({ minimum: 1, maximum: 10_000, default: 24 }),
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
  /** Of the whole search; absent where nothing is searched for. */
  verdict?: 'strong' | 'weak' | 'nothing';
  /** What the page says above the photos, and its reasons in figures. */
  sentence: string;
  reasons?: string;
  /** Sentences, such as about words that the model does not know. */
  notices: string[];
}

/** How many photos each value would find; for a year, how many it has. */
type Counts = { value: string; count: number }[];

export type FacetName = 'orientation' | 'colour' | 'folder' | 'year' | 'minWidth';
/** How many photos fulfil the conditions; `minWidth` counts photos at least that wide, `folder` has the first 200. */
export type Facets = { total: number; folders: number } & Record<FacetName, Counts>;

export interface PhotoMap {
  /** Address of a picture with all photos, each in a cell `side` pixels wide and high. */
  picture: string;
  width: number;
  height: number;
  side: number;
  photos: { id: string; left: number; top: number }[];
  /** How many photos the index holds; more than `photos` if these were drawn at random. */
  total: number;
}

/** How far the indexing of a folder is. */
export interface IndexProgress {
  state: 'working' | 'done' | 'failed';
  done: number;
  total?: number;
  note?: string;
  isForbidden?: boolean;
}

/** Why there is no answer. Where that may pass by itself, the page tries again. */
export interface Problem {
  problem: 'away' | 'busy' | 'no index' | 'request' | 'refused' | 'mistake';
  message: string;
}
