/** What the workshop's photos show, and the built-in model knows as well as the real CLIP. */
export const exampleQueries = [
  'a dog',
  'red flowers',
  'mountains',
  'a castle',
  'a boat at sunset',
  'something to eat',
  'a city at night',
  'blue sky',
];
