import facts from '../../models/demo-clip/demo-clip.json';
import { builtInFolder, builtInModel, isBuiltIn } from './built-in-model';

/** Its place: it is the built-in model. */
export { builtInModel as demoModel, builtInFolder as demoFolder, isBuiltIn as isDemoClip };

/** What it understands, and how to tell that it does not. Its model card, README.md in its folder, has the whole. */
export const demoClip: {
  /** A sentence for the reader that begins with "It". */
  knows: string;
  /** The same and what it does not know, in a few words. */
  knowsBriefly: string;
  /** A text whose cosines with many photos are spread less than this (standard deviation) has no known word. */
  unknownWordsSd: number;
  exampleQueries: string[];
} = facts;

/** How to get from the demo model to the real one. */
export const realClipAdvice =
  'For the real CLIP, go online, take CLIP_MODEL out of .env if it says built-in, and make the index again: ' +
  'notebook 1 with recreate set to true, then notebook 2; for a folder of yours, npm run own -- FOLDER --recreate.';

/** What the reader must know when the demo model is in use. */
export const demoNotice =
  `This is the demo model, a small CLIP trained for this workshop. ${demoClip.knows} ` +
  `It knows no objects, places or people. ${realClipAdvice}`;

/** The short form, one line above a search's results. */
export const demoReminder = `Demo model: ${demoClip.knowsBriefly} (npm run doctor says how to get the real CLIP).`;
