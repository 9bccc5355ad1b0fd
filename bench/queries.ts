/** What people type, from one word to a sentence: none is longer than CLIP's 77 tokens. */
export const queries = [
  'a cat',
  'sunset',
  'red flowers in a meadow',
  'two dogs playing on the beach',
  'a stone bridge over a river in autumn',
  'snow',
  'a cup of coffee on a wooden table',
  'city lights at night, seen from above',
  'an old man reading a newspaper in the park',
  'mountains behind a lake',
  'yellow',
  'a black and white photo of a staircase',
  'fresh vegetables at a market',
  'a child in a red raincoat jumping into a puddle',
  'astronaut',
  'a narrow street with colourful houses and laundry hanging between the windows',
];
