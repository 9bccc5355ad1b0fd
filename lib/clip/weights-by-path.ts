import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';
import { env } from '@xenova/transformers';

type Cache = NonNullable<typeof env.customCache>;

/** What transformers.js is to take for its cache, inside one of the loads below. */
const cacheOfLoad = new AsyncLocalStorage<Cache>();
let installed = false;

/**
 * transformers.js hands onnxruntime the path of a model's weights, but first opens a stream of the same file, which
 * nobody reads: in the background, all of it goes into memory (seen with version 4.3.1, `FileResponse` in
 * `src/utils/hub`). Where its cache answers with a path, as this one does for the weights, it opens none.
 *
 * Models that others load meanwhile are found as ever.
 *
 * @param folder a model's, in transformers.js's layout, absolute
 * @param weights path of the ONNX file inside it; `<weights>_data`, where large models have the rest, stands beside it
 * @param load reads the model
 */
export function loadByPath<Model>(
  folder: string,
  weights: string,
  load: () => Promise<Model>,
): Promise<Model> {
  if (!installed) {
    setInLoads('useCustomCache', () => true);
    setInLoads('customCache', (cache) => cache);
    installed = true;
  }
  const file = path.join(folder, weights);
  const match = (asked: string): Promise<string | undefined> => {
    // It asks for the file's path, and for the address that it would have at the hub; of these the name is the same.
    const name = path.basename(asked);
    const isWeights = name.startsWith(path.basename(file));
    return Promise.resolve(isWeights ? path.join(path.dirname(file), name) : undefined);
  };
  return cacheOfLoad.run({ match, put: () => Promise.resolve() }, load);
}

/** Gives transformers.js's setting another value inside our loads; everywhere else it is what it was or is set to. */
function setInLoads<Name extends 'useCustomCache' | 'customCache'>(
  name: Name,
  value: (cache: Cache) => (typeof env)[Name],
): void {
  let elsewhere = env[name];
  Object.defineProperty(env, name, {
    configurable: true,
    enumerable: true,
    get: () => {
      const cache = cacheOfLoad.getStore();
      return cache ? value(cache) : elsewhere;
    },
    set: (set: (typeof env)[Name]) => {
      elsewhere = set;
    },
  });
}
