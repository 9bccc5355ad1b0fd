import path from 'node:path';
import { env } from '@xenova/transformers';

/** What is being loaded, and what transformers.js had for a cache before. */
const loading = new Set<{ folder: string; weights: string }>();
let before: Pick<typeof env, 'useCustomCache' | 'customCache'> | undefined;

/**
 * transformers.js hands onnxruntime the path of a model's weights, but first opens a stream of the same file, which
 * nobody reads: in the background, all of it is put into memory (seen with version 4.3.1, `FileResponse` in
 * `src/utils/hub`). Where its cache answers with a path, as this one does for the weights, it opens none.
 *
 * What else is loaded meanwhile comes from where it would have come from, but a download is not cached.
 *
 * @param folder a model's, in transformers.js's layout, absolute
 * @param weights path of the ONNX file inside it
 * @param load reads the model
 */
export async function loadByPath<Model>(
  folder: string,
  weights: string,
  load: () => Promise<Model>,
): Promise<Model> {
  const one = { folder, weights };
  if (loading.size === 0) {
    before = { useCustomCache: env.useCustomCache, customCache: env.customCache };
    Object.assign(env, { useCustomCache: true, customCache: pathsOfWeights(before.customCache) });
  }
  loading.add(one);
  try {
    return await load();
  } finally {
    loading.delete(one);
    if (loading.size === 0) Object.assign(env, before);
  }
}

/** transformers.js asks its cache twice: for the file's path, and for the address that it would have at the hub. */
function pathsOfWeights(other: typeof env.customCache): typeof env.customCache {
  const pathOf = (asked: string) =>
    [...loading].find(({ folder, weights }) => asked.includes(folder) && asked.endsWith(weights));
  return {
    match: async (asked) => {
      const found = pathOf(asked);
      return found ? path.join(found.folder, found.weights) : other?.match(asked);
    },
    put: async (asked, response) => other?.put(asked, response),
  };
}
