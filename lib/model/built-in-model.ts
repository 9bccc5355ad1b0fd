import path from 'node:path';
import { repositoryRoot } from '../settings';
import type { ModelIdentity } from './identity';

/** The model that the repository carries, for work without the hub: its name in an index's `_meta`. */
export const builtInModel = 'models/demo-clip';

/** Where it lies, absolute. */
export const builtInFolder = path.join(repositoryRoot, builtInModel);

/** What CLIP_MODEL says to choose it: nothing is asked of the hub then. */
export const builtInName = 'built-in';

export function isBuiltIn({ model }: ModelIdentity): boolean {
  return model === builtInModel;
}
