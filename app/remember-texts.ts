import { LRUCache } from 'lru-cache';
import type { Clip } from '../lib/index';

/** Texts whose vectors are kept: 2 kB each. */
const most = 5000;

interface Known {
  vector: Float32Array;
  /** What the reader was told when the text was read. */
  notice?: string;
}

/** The same CLIP, which keeps the vectors of the last texts: visitors type the same words, and letter by letter. */
export function rememberTexts(clip: Clip): Clip {
  const known = new LRUCache<string, Known>({
    max: most,
    fetchMethod: async (text) => {
      let notice: string | undefined;
      const vector = await clip.embedText(text, { notice: (sentence) => (notice = sentence) });
      return { vector, notice };
    },
  });
  const embedText: Clip['embedText'] = async (text, { notice: tell = () => undefined } = {}) => {
    const { vector, notice } = await known.forceFetch(text);
    if (notice !== undefined) tell(notice);
    return vector;
  };
  const embedTexts: Clip['embedTexts'] = (texts, options) => Promise.all(texts.map((text) => embedText(text, options)));
  return { ...clip, embedText, embedTexts };
}
