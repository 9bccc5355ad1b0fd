import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from '../../lib/errors';
import { repositoryRoot } from '../../workshop/settings';

/** Which photos a query asks for, by their labels. An empty rule fits none. */
export interface RelevanceRule {
  /** Labels that a photo must have, all of them. */
  all?: string[];
  /** Labels of which it must have at least one. */
  any?: string[];
  /** Labels that it must not have. */
  none?: string[];
}

/**
 * What a query asks for. A combination is of a thing with its colour, with light, or with another thing. No photo shows
 * what the kinds after it ask for; an absent combination is of colours and light. `evaluation/judged-photos.json` says
 * what each of the others holds.
 */
export type QueryKind =
  | 'colour'
  | 'light'
  | 'things'
  | 'combination'
  | 'absent combination'
  | 'absent combination of things'
  | 'absent things'
  | 'unknown words'
  | 'abstract words'
  | 'gibberish'
  | 'not English';

/** A query, and which photos fit. */
export interface JudgedQuery {
  text: string;
  kind: QueryKind;
  /** The photos that fit, by their names below the photos folder; none for the kinds that no photo fits. */
  relevant: ReadonlySet<string>;
  /** Whether it is kept for judging verdicts, and not used to make them. */
  heldOut: boolean;
}

/** Photos that a person has looked at, and queries whose answers are known from that. */
export interface JudgedSet {
  /** Names below the photos folder. */
  photos: string[];
  queries: JudgedQuery[];
}

/** The workshop's own photos, judged by the project. */
export const judgedPhotosFile = path.join(repositoryRoot, 'evaluation', 'judged-photos.json');

interface JudgedSetFile {
  photos: Record<string, Record<string, string[]>>;
  queries: { text: string; kind: QueryKind; relevant: RelevanceRule; held_out?: boolean }[];
}

/**
 * Reads a judged set, and works out by each query's rule which photos fit.
 *
 * @param file JSON as in `evaluation/judged-photos.json`, which explains itself
 * @throws PhotoSearchError if it can't be read
 */
export async function readJudgedSet(file = judgedPhotosFile): Promise<JudgedSet> {
  try {
    const json = JSON.parse(await readFile(file, 'utf8')) as JudgedSetFile;
    const photos = Object.entries(json.photos).map(([name, groups]) => ({
      name,
      labels: new Set(Object.values(groups).flat()),
    }));
    const queries = json.queries.map(({ text, kind, relevant: rule, held_out: heldOut = false }) => {
      const fitting = photos.filter(({ labels }) => fits(labels, rule));
      return { text, kind, relevant: new Set(fitting.map(({ name }) => name)), heldOut };
    });
    return { photos: photos.map(({ name }) => name), queries };
  } catch (cause) {
    const otherShape = cause instanceof TypeError && 'is not like evaluation/judged-photos.json';
    const why = otherShape || (cause instanceof SyntaxError ? 'is not JSON' : `can't be read`);
    throw new PhotoSearchError(`The judged set ${file} ${why}: ${(cause as Error).message}`, { cause });
  }
}

function fits(labels: ReadonlySet<string>, { all = [], any = all, none = [] }: RelevanceRule): boolean {
  return (
    all.every((label) => labels.has(label)) &&
    any.some((label) => labels.has(label)) &&
    !none.some((label) => labels.has(label))
  );
}

/** Kinds of queries that photos fit, as a reader tells them apart. */
const groups: Record<string, readonly QueryKind[]> = {
  'things and scenes': ['things'],
  'colours and light': ['colour', 'light'],
  combinations: ['combination'],
};

/**
 * A judged set with all of its queries, then, where there are several groups of queries that photos fit, with those of
 * each group: a mean over all says little where there are many more queries about colours than about things.
 *
 * @returns by what is to be said above the figures
 */
export function queryGroups(judged: JudgedSet): Record<string, JudgedSet> {
  const { queries } = judged;
  const parts = Object.entries(groups).flatMap(([name, kinds]) => {
    const ofGroup = queries.filter(({ kind }) => kinds.includes(kind));
    return ofGroup.length === 0 ? [] : [[name, { ...judged, queries: ofGroup }] as const];
  });
  return Object.fromEntries([['all queries', judged], ...(parts.length > 1 ? parts : [])]);
}
