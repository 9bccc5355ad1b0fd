import { seededRandom } from '../seeded-random';

export interface SyntheticOptions {
  /** Default 512, as CLIP ViT-B/32's. */
  dimension?: number;
  /** How many centres the vectors lie around. */
  clusters?: number;
  /** In how many directions they differ: far fewer than the dimension, as with real embeddings. */
  intrinsicDimension?: number;
  /** A whole number: the same one gives the same vectors. */
  seed?: number;
}

/**
 * Made-up vectors that lie in clusters, as photos' do: Gaussian clouds around Gaussian centres in a space of few
 * dimensions, turned into the large one, with a little noise in all directions, and normalised. They stand in for more
 * photos than there are here; figures from them have to be called synthetic.
 *
 * @returns [count, dimension], each of length 1
 */
export function syntheticVectors(
  count: number,
  { dimension = 512, clusters = 200, intrinsicDimension = 32, seed = 1 }: SyntheticOptions = {},
): Float32Array[] {
  const random = seededRandom(seed);
  const gaussian = gaussianFrom(random);
  const draw = (length: number, sd: number) => Float32Array.from({ length }, () => sd * gaussian());

  // Columns of about length 1: what is drawn in the small space has about the same length in the large one.
  const directions = Array.from({ length: intrinsicDimension }, () =>
    draw(dimension, dimension ** -0.5),
  );
  const centres = Array.from({ length: clusters }, () => draw(intrinsicDimension, 1));
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * clusters)];
    const vector = draw(dimension, 0.1 * (intrinsicDimension / dimension) ** 0.5);
    directions.forEach((direction, i) => {
      const along = (centre?.[i] ?? 0) + 0.5 * gaussian();
      for (let j = 0; j < dimension; j++)
        vector[j] = (vector[j] ?? 0) + along * (direction[j] ?? 0);
    });
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / length);
  });
}

/** Numbers of a normal distribution with mean 0 and standard deviation 1, by the method of Box and Muller. */
function gaussianFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
