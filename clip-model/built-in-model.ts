import path from 'node:path';
import type { ModelIdentity } from '../lib/model/model-identity';

/** The folder that a model's relative name, such as `models/pocket-clip`, starts from: the repository. */
export const modelRoot = path.resolve(__dirname, '..');

/** The model that the repository carries, for work without the hub: its name in an index's `_meta`. */
export const builtInModel = 'models/pocket-clip';

/** Where it lies, absolute. README.md there is its model card. */
export const builtInFolder = path.join(modelRoot, builtInModel);

/** The value of CLIP_MODEL that chooses it; the hub is not asked then. */
export const builtInName = 'built-in';

/** What it knows, in a few words. */
export const builtInKnows = 'about a thousand kinds of things, scenes, colours and light';

/** Where in its vectors things, colours and light, and scenes are, and how much of a text it does not know. */
export const builtInParts = {
  things: { start: 0, end: 256 },
  colours: { start: 256, end: 384 },
  unknown: { start: 384, end: 385 },
  scenes: { start: 385, end: 512 },
};

/** What has to be done for another model's vectors. */
export const makeIndexAgain =
  'make the index again: notebook 1 with recreate set to true, then notebook 2; for your own folder, ' +
  'npm run own -- FOLDER --recreate';

/** How to get from the built-in model to the real one. */
export const realClipAdvice = `For the real CLIP, go online, remove CLIP_MODEL=built-in if it is set, and ${makeIndexAgain}.`;

/** What the reader must know when it is in use. */
export const builtInNotice =
  `This is the built-in model (12 MB). It knows ${builtInKnows}, and is weak at rare things, people and positions. ` +
  realClipAdvice;

/** The short form, one line above a search's results. */
export const builtInReminder = `Built-in model: it knows ${builtInKnows}.`;

export function isBuiltIn({ model }: ModelIdentity): boolean {
  return model === builtInModel;
}
