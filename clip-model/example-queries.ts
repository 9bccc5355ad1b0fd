/** What the workshop's photos show, and the built-in model knows as well as the real CLIP. */
export const exampleQueries = [
  'a cat',
  'mountains',
  'red flowers',
  'something to eat',
  'a bird',
  'a dog',
  'a boat at sunset',
  'a city at night',
];
