import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clip } from '../../lib/clip';
import type { ModelIdentity } from '../../lib/model/model-identity';
import { PhotoSearchError } from '../../lib/errors';
import { builtInFolder, builtInModel, builtInParts, isBuiltIn, modelRoot } from '../../clip-model/built-in-model';
import { dotProduct } from '../dot-product';

/** Numbers of a vector that belong together: from the first to the one before `end`. */
interface VectorPart {
  start: number;
  end: number;
}

/** What the numbers of a vector stand for, in a model that was put together from several. */
export interface ModelParts {
  things: VectorPart;
  colours: VectorPart;
  /** How much of a text the model does not know; photos have 0 there. */
  unknown: VectorPart;
  scenes: VectorPart;
}

/** Undefined for a model that was not put together from several. */
export function modelParts(identity: ModelIdentity): ModelParts | undefined {
  return isBuiltIn(identity) ? builtInParts : undefined;
}

/** What a word of a text means to the model. */
export interface WordMeaning {
  /** The part of vectors that it lies in. */
  part: VectorPart;
  /** The word's numbers there, [part]. */
  vector: Float32Array;
  /** Of a thing: the classes that it means. */
  classes?: MeantClass[];
  /** Of a thing: how little the model knows it, 0 to 1; 0.46 or more for one that only resembles a class. */
  unknown?: number;
}

/** A class of things that the model was put together from, and how much a word means it. */
interface MeantClass {
  /** What photos of it look like, [part], of length 1. */
  direction: Float32Array;
  /** Relative to the class that the word means most: 0 to 1. */
  share: number;
}

/** A word with less than this in the part of things means no thing. */
const leastThing = 0.3;
/** The same for a scene; what means neither means a colour. */
const leastScene = 0.2;
/** A word with less in all parts is unknown. */
const silent = 1e-3;
/** Of a phrase, this much at least is not in its words. */
const leastRest = 0.15;
/** Classes that a word means less than this count for nothing. */
const leastShare = 0.3;

/**
 * What a text's words mean, each alone; those that the model does not know are left out. Words that together mean
 * something of their own, such as "bell pepper", count as one.
 *
 * @param parts of a model that was put together from several; for others a word lies in the whole vector
 */
export async function wordMeanings(clip: Clip, text: string, parts?: ModelParts): Promise<WordMeaning[]> {
  const words = splitWords(text);
  /** Of each `count` neighbouring words together, by the first one's place; what is not read was said of the text. */
  const vectorsOf = (count: number) => {
    const together = words.slice(count - 1).map((_, at) => words.slice(at, at + count).join(' '));
    return clip.embedTexts(together, { notice: () => undefined });
  };
  const vectors = await vectorsOf(1);
  if (!parts) return vectors.map((vector) => ({ part: { start: 0, end: vector.length }, vector }));

  const [pairs, triples] = [await vectorsOf(2), await vectorsOf(3)];
  const meanings: WordMeaning[] = [];
  for (let at = 0; at < words.length;) {
    let [taken, vector] = [1, vectors[at] ?? new Float32Array()];
    for (const [count, together] of [[2, pairs[at]] as const, [3, triples[at]] as const]) {
      if (!together) continue;
      const within = [...vectors.slice(at, at + count), ...(count === 3 ? pairs.slice(at, at + 2) : [])];
      const isPhrase = [parts.things, parts.colours, parts.scenes].some((part) =>
        isNoMixture(
          inPart(together, part),
          within.map((one) => inPart(one, part)),
        ),
      );
      if (isPhrase) [taken, vector] = [count, together];
    }
    meanings.push(...meaningOf(vector, parts));
    at += taken;
  }
  return meanings;
}

/** A model reads no more words than this: 77 tokens, a word at least one, with start and end. */
const mostRead = 75;

/** The words of a text that a model may read; parts that hyphens or slashes join are words, as for the model. */
export function splitWords(text: string): string[] {
  return text
    .split(/[\s/‐-―-]+/)
    .filter((word) => word !== '')
    .slice(0, mostRead);
}

function meaningOf(vector: Float32Array, parts: ModelParts): WordMeaning[] {
  const { things, colours, scenes } = parts;
  const [thing, colour, scene] = [inPart(vector, things), inPart(vector, colours), inPart(vector, scenes)];
  const [isThing, isColour, isScene] = [length(thing), length(colour), length(scene)];
  if (Math.max(isThing, isColour, isScene) < silent) return [];
  if (isThing > leastThing && isThing > isScene) {
    const doubt = length(inPart(vector, parts.unknown));
    const unknown = doubt / Math.hypot(doubt, isThing);
    return [{ part: things, vector: thing, unknown, classes: meantClasses(thing) }];
  }
  return [isScene > leastScene ? { part: scenes, vector: scene } : { part: colours, vector: colour }];
}

/** Whether a vector is not a mixture of its parts' vectors: words, and pairs of them. (Gram-Schmidt) */
function isNoMixture(together: Float32Array, words: readonly Float32Array[]): boolean {
  if (length(together) < silent) return words.some((word) => length(word) > leastScene);
  let rest = together;
  const basis: Float32Array[] = [];
  for (const word of [...words, together]) {
    rest = word;
    for (const direction of basis) {
      const along = dotProduct(rest, direction);
      rest = rest.map((value, at) => value - along * (direction[at] ?? NaN));
    }
    const left = length(rest);
    if (left > silent) basis.push(rest.map((value) => value / left));
  }
  return length(rest) > leastRest * length(together);
}

/**
 * How likely one of the hits shows the words, as log odds: the geometric mean of the words' likelihoods, and of the hits
 * the one that shows them best. For a thing, it is how much the hit looks like a class that the word means; for colours,
 * light and scenes it counts how few photos show the word more.
 *
 * @param hits [hits, dimension], at least one
 * @param background [photos, dimension]: of all, or of a sample
 */
export function shownOdds(
  words: readonly WordMeaning[],
  hits: readonly Float32Array[],
  background: readonly Float32Array[],
): number {
  const logLikelihoods = hits.map((hit) => {
    const ofWords = words.map((word) => {
      const odds = word.classes ? thingOdds(word.classes, inPart(hit, word.part)) : rareOdds(word, hit, background);
      return -Math.log(1 + Math.exp(-odds));
    });
    return ofWords.reduce((sum, one) => sum + one, 0) / Math.max(1, words.length);
  });
  const likely = Math.exp(Math.max(leastLog, ...logLikelihoods));
  return Math.log(likely / (1 - likely + surest));
}

/** Limits of what can be said of a hit: it is never less likely than the first, nor more than the second. */
const leastLog = -6;
const surest = 1e-3;

function thingOdds(classes: readonly MeantClass[], hit: Float32Array): number {
  const looksLike = classes.map(({ direction, share }) => (share * dotProduct(direction, hit)) / length(hit));
  const likely = Math.min(0.97, Math.max(0.05, ...looksLike));
  return Math.log(likely / (1 - likely));
}

/** Even where one photo in five shows the word more. */
function rareOdds({ part, vector }: WordMeaning, hit: Float32Array, background: readonly Float32Array[]): number {
  const here = dotProduct(vector, inPart(hit, part));
  const less = background.filter((photo) => dotProduct(vector, inPart(photo, part)) < here).length;
  return -Math.log(1.02 - less / background.length) - 1.5;
}

/** @param word [part] */
function meantClasses(word: Float32Array): MeantClass[] {
  const cosines = classDirections(word.length).map((direction) => dotProduct(direction, word));
  const most = Math.max(...cosines);
  return classDirections(word.length).flatMap((direction, at) => {
    const share = (cosines[at] ?? NaN) / most;
    return share > leastShare ? [{ direction, share }] : [];
  });
}

let directions: Float32Array[] | undefined;

/** What photos of the built-in model's 1,000 classes look like: [1000, part], each of length 1. */
function classDirections(dimension: number): Float32Array[] {
  directions ??= rows(readClasses(), dimension);
  return directions;
}

const classBytes = 256_000;

/** @throws PhotoSearchError if the file is missing or not whole */
function readClasses(): Int8Array {
  const file = path.join(builtInFolder, 'classes.int8');
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  if (bytes.length === classBytes) return new Int8Array(bytes);
  throw new PhotoSearchError(
    `${file} is missing or damaged: get it from the repository again (git -C '${modelRoot}' checkout ${builtInModel}).`,
  );
}

function rows(bytes: Int8Array, dimension: number): Float32Array[] {
  return Array.from({ length: bytes.length / dimension }, (_, at) => {
    const row = Float32Array.from(bytes.subarray(at * dimension, (at + 1) * dimension));
    return row.map((value) => value / length(row));
  });
}

function inPart(vector: Float32Array, { start, end }: VectorPart): Float32Array {
  return vector.subarray(start, end);
}

function length(vector: Float32Array): number {
  return Math.sqrt(dotProduct(vector, vector));
}
