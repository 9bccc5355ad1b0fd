import { LRUCache } from 'lru-cache';
import type { Clip } from '../lib/clip';

/** The same CLIP, which keeps the vectors of the last texts: visitors type the same words, and letter by letter. */
export function rememberTexts(clip: Clip): Clip {
  /** With what the reader was told when the text was read. */
  const known = new LRUCache<string, { vector: Float32Array; told: string[] }>({
    max: 5000, // 2 kB each
    fetchMethod: async (text) => {
      const told: string[] = [];
      return { vector: await clip.embedText(text, { notice: (sentence) => void told.push(sentence) }), told };
    },
  });
  const embedText: Clip['embedText'] = async (text, { notice = console.warn } = {}) => {
    const { vector, told } = await known.forceFetch(text);
    for (const sentence of told) notice(sentence);
    return vector;
  };
  const embedTexts: Clip['embedTexts'] = (texts, options) => Promise.all(texts.map((text) => embedText(text, options)));
  return { ...clip, embedText, embedTexts };
}
