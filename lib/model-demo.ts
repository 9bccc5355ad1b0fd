import path from 'node:path';
import { repositoryRoot } from './settings';

/** The small CLIP that comes with the workshop, for when the hub is out of reach. */
export const demoFolder = path.join(repositoryRoot, 'models', 'demo-clip');

/** Its name in an index's `_meta`. */
export const demoModel = 'models/demo-clip';

/** What the reader must know when the demo model is in use. */
export const demoNotice =
  'This is the demo model, a small CLIP trained for this workshop: it understands colour, light and layout ' +
  '("a red sunset", "dark at the top"), and no objects, places or people. ' +
  'For the real CLIP, go online and run notebook 1 again with recreate set to true.';
