import { seededRandom } from '../seeded-random';

interface SyntheticOptions {
  /** Default 512, as CLIP ViT-B/32's. */
  dimension?: number;
  /** How many centres the vectors lie around. */
  clusters?: number;
  /** In how many directions they differ: far fewer than the dimension, as with real embeddings. */
  intrinsicDimension?: number;
  /** How far they spread around their centre; the centres themselves spread by 1. */
  spread?: number;
  /** Length of what all have in common, as CLIP's vectors of photos do; the centres have about 1. */
  common?: number;
  /** 1 for clusters of equal size; more makes some of them larger and the others smaller. */
  skew?: number;
}

/**
 * Made-up vectors that lie in clusters, as photos' do: Gaussian clouds around Gaussian centres in a space of few
 * dimensions, turned into the large one, with a little noise in all directions, and normalised. They stand in for more
 * photos than there are here; figures from them have to be called synthetic.
 *
 * @returns [count, dimension], each of length 1; the same ones each time
 */
export function syntheticVectors(
  count: number,
  {
    dimension = 512,
    clusters = 200,
    intrinsicDimension = 32,
    spread = 0.5,
    common = 0,
    skew = 1,
  }: SyntheticOptions = {},
): Float32Array[] {
  const random = seededRandom(1);
  const gaussian = gaussianFrom(random);
  const draw = (length: number, sd: number) => Float32Array.from({ length }, () => sd * gaussian());

  // Columns of about length 1: what is drawn in the small space has about the same length in the large one.
  const directions = Array.from({ length: intrinsicDimension }, () => draw(dimension, dimension ** -0.5));
  const centres = Array.from({ length: clusters }, () => draw(intrinsicDimension, 1));
  const scale = (intrinsicDimension / dimension) ** 0.5;
  const shared = common > 0 ? draw(dimension, common * scale) : undefined;
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(clusters * random() ** skew)];
    const vector = draw(dimension, 0.1 * scale);
    shared?.forEach((value, j) => (vector[j] = (vector[j] ?? 0) + value));
    directions.forEach((direction, i) => {
      const along = (centre?.[i] ?? 0) + spread * gaussian();
      for (let j = 0; j < dimension; j++) vector[j] = (vector[j] ?? 0) + along * (direction[j] ?? 0);
    });
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / length);
  });
}

/** Numbers of a normal distribution with mean 0 and standard deviation 1, by the method of Box and Muller. */
function gaussianFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
