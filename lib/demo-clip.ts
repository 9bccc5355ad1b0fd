import settings from '../models/demo-clip/demo-clip.json';
import type { ModelIdentity } from './model-identity';

/** Where the demo model lies, as its identity names it: the tiny CLIP that works offline. */
export const demoClipFolder = 'models/demo-clip';

/** What the demo model understands, and how to tell that it does not. `models/demo-clip/README.md` has the whole. */
export const demoClip: {
  /** A sentence for the reader. */
  knows: string;
  /** A text whose cosines with many photos are spread less than this (standard deviation) has no known word. */
  unknownWordsSd: number;
  exampleQueries: string[];
} = settings;

export function isDemoClip({ model }: ModelIdentity): boolean {
  return model === demoClipFolder;
}
