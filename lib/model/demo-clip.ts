import path from 'node:path';
import facts from '../../models/demo-clip/demo-clip.json';
import type { ModelIdentity } from './identity';
import { repositoryRoot } from '../settings';

/** The small CLIP that comes with the workshop, for when the hub is out of reach: its name in an index's `_meta`. */
export const demoModel = 'models/demo-clip';

/** Where it lies, absolute. */
export const demoFolder = path.join(repositoryRoot, demoModel);

/** What it understands, and how to tell that it does not. Its model card, README.md in its folder, has the whole. */
export const demoClip: {
  /** A sentence for the reader that begins with "It". */
  knows: string;
  /** A text whose cosines with many photos are spread less than this (standard deviation) has no known word. */
  unknownWordsSd: number;
  exampleQueries: string[];
} = facts;

/** What the reader must know when the demo model is in use. */
export const demoNotice =
  `This is the demo model, a small CLIP trained for this workshop. ${demoClip.knows} ` +
  'It knows no objects, places or people. For the real CLIP, go online and make the index anew: ' +
  'notebook 1 with recreate set to true, then notebook 2; npm run own with --recreate for a folder of yours.';

/** The same for those who have read it before: one line above a search's results. */
export const demoReminder =
  'Demo model: colours, light and layout; no objects, places or people (npm run doctor tells how to get the real CLIP).';

export function isDemoClip({ model }: ModelIdentity): boolean {
  return model === demoModel;
}
