import { demoClip, isDemoClip } from './demo-clip';
import type { ModelIdentity } from './identity';

/** Things that can be seen in the workshop's own photos. */
const forClip = [
  'a lighthouse at dusk',
  'a bird in flight',
  'flowers seen from close up',
  'a city at night',
  'an empty beach',
];

/** Queries that suit the model: the demo model understands colour, light and layout, a real CLIP much more. */
export function exampleQueries(identity: ModelIdentity): string[] {
  return isDemoClip(identity) ? demoClip.exampleQueries : forClip;
}
