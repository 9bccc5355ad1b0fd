import { cosineSpread } from './background';
import { demoClip, isDemoClip } from './model/demo-clip';
import type { ModelIdentity } from './model/identity';

/**
 * Says so if the demo model does not know a text's words. It was trained to give every photo the same cosine then,
 * so the spread over the photos tells; the best cosine alone does not. For other models no such limit is known, and
 * nothing is said.
 *
 * @param vector the text's, [dimension]
 * @param background [photos, dimension], from `readBackground`
 * @returns a sentence for the reader, or undefined
 */
export function unknownWordsNotice(
  identity: ModelIdentity,
  vector: Float32Array,
  background: readonly Float32Array[],
): string | undefined {
  if (!isDemoClip(identity) || background.length < 2) return undefined;
  const { sd } = cosineSpread(vector, background);
  if (sd >= demoClip.unknownWordsSd) return undefined;
  return (
    `The demo model does not know these words: it finds all photos about equally near ` +
    `(spread ${sd.toFixed(3)}, below ${demoClip.unknownWordsSd}). The hits are arbitrary. ${demoClip.knows}`
  );
}
