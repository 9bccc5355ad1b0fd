import type { Clip } from '../../lib/clip';
import { builtInParts, isBuiltIn } from '../../clip-model/built-in-model';
import { backgroundCosines } from './background';
import { splitWords } from './word-meanings';

/** Cosines that vary less, relative to each other, are the same: vectors are 32-bit floats. */
const rounding = 1e-4;

/** What is shorter than this beside the part for what is unknown says nothing. */
const silent = 1e-4;

/** The search says that a text is too long; looking at a part of it here does not say it again. */
const toldBefore = { notice: () => undefined };

/**
 * Names the words of a text that the built-in model does not know. Such a word alone has the same cosine, 0, with
 * every photo, and beside others it only makes all cosines smaller. Nothing like it is known for other models:
 * nothing is said.
 *
 * @param background [photos, dimension], from `readBackground`
 * @param isAlone whether nothing else is searched for
 * @returns a sentence for the reader that names them, or undefined
 */
export async function unknownWordsNotice(
  clip: Clip,
  text: string,
  background: readonly Float32Array[],
  isAlone = true,
): Promise<string | undefined> {
  if (!isBuiltIn(clip.identity) || background.length < 2) return undefined;
  const words = splitWords(text);
  if (!(await isKnown(clip, text))) {
    const effect = isAlone ? 'it finds all photos equally near, and the hits are arbitrary' : 'it changes little';
    return `The built-in model knows none of the words in "${text}": ${effect}.`;
  }
  const unknown = new Set<string>();
  for (const word of new Set(words)) {
    if (await isKnown(clip, word)) continue;
    const others = words.filter((other) => other !== word).join(' ');
    const bare = word.replaceAll(/^\p{P}+|\p{P}+$/gu, '') || word; // of "windmil!" the word, of "?!" all
    if (await onlyWeakens(clip, words.join(' '), others, background)) unknown.add(`"${bare}"`);
  }
  if (unknown.size === 0) return undefined;
  return `The built-in model does not know ${[...unknown].join(', ')}: the hits are for the other words.`;
}

/** Whether a text's vector says more than that the model does not know it. */
async function isKnown(clip: Clip, text: string): Promise<boolean> {
  const vector = await clip.embedText(text, toldBefore);
  const { start, end } = builtInParts.unknown;
  return Math.hypot(...vector.subarray(0, start), ...vector.subarray(end)) > silent;
}

/**
 * Whether the photos stand to each other by `text` as they do by `others`, only less clearly. A word such as "the"
 * makes no difference at all, and half of a phrase ("guinea pig") another one.
 */
async function onlyWeakens(
  clip: Clip,
  text: string,
  others: string,
  background: readonly Float32Array[],
): Promise<boolean> {
  const whole = backgroundCosines(await clip.embedText(text, toldBefore), background);
  const without = backgroundCosines(await clip.embedText(others, toldBefore), background);
  const length = Math.hypot(...whole);
  const ratio = length / Math.hypot(...without);
  const sameOrder = whole.every((cosine, i) => Math.abs(cosine - ratio * (without[i] ?? NaN)) < rounding * length);
  return sameOrder && ratio < 1 - rounding;
}
