import { demoClip, isDemoClip } from './demo-clip';
import type { ModelIdentity } from './identity';

/** Things that can be seen in the workshop's own photos. */
const forClip = [
  'a cat',
  'flowers seen from close up',
  'a rocket',
  'something to eat',
  'a wooden pier by the water',
  'a city at night',
];

/** Queries that suit the model: the demo model understands colour, light and layout, a real CLIP much more. */
export function exampleQueries(identity: ModelIdentity): string[] {
  return isDemoClip(identity) ? demoClip.exampleQueries : forClip;
}
