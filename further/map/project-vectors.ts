import { dotProduct } from '../dot-product';
import { principalComponents } from './principal-components';
import { seededRandom } from '../seeded-random';

/** A place on the map, in no unit: only which are near each other counts. */
export interface Point {
  x: number;
  y: number;
}

/** The same map for the same vectors. */
const seed = 1;
/** UMAP balances near against far by how many neighbours of each vector it looks at: 15 is its authors' choice. */
const neighbours = 15;
/** How far apart the vectors begin: a few of the distances at which UMAP lets neighbours rest. */
const startSd = 5;
/** With fewer vectors there is nothing to unfold. */
const fewest = 4;

/**
 * Projects vectors to two dimensions by UMAP: near ones (by cosine) stay near each other. What is far apart on
 * the map says less: UMAP keeps neighbourhoods, not distances.
 *
 * The same vectors in the same order give the same points. Works for any number of vectors; 1 to 3 stand in a row.
 *
 * Source: McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection", arXiv 1802.03426.
 *
 * @param vectors [photos, dimension], each of length 1
 * @param signal looked at before UMAP begins and between its rounds; finding the neighbours before them goes on
 * @throws the signal's reason once that is aborted
 */
export async function projectVectors(vectors: readonly Float32Array[], signal?: AbortSignal): Promise<Point[]> {
  signal?.throwIfAborted();
  if (vectors.length < fewest) return vectors.map((_, x) => ({ x, y: 0 }));
  // Loaded only here: a search has no use for it.
  const { UMAP } = await import('umap-js');
  const random = seededRandom(seed);
  const umap = new UMAP({
    distanceFn: cosineDistance,
    nNeighbors: Math.min(neighbours, vectors.length - 1),
    minDist: 0.3, // the photos are set into a grid afterwards: what UMAP packs closely would only be pushed apart
    random,
  });
  const data = vectors.map((vector) => Array.from(vector));
  umap.initializeFit(data);
  // Where UMAP begins decides how clusters lie to each other; its own beginning, at random, decides that at random.
  // Source: Kobak, Linderman, "Initialization is critical …", Nature Biotechnology 39 (2021).
  const start = principalComponents(vectors);
  umap.getEmbedding().forEach((point, i) => {
    const [x, y] = start[i] ?? [0, 0];
    point[0] = startSd * x + 1e-3 * random();
    point[1] = startSd * y + 1e-3 * random();
  });
  const points = await umap.fitAsync(data, () => signal?.aborted !== true);
  signal?.throwIfAborted();
  return points.map(([x = 0, y = 0]) => ({ x, y }));
}

/** 0 for the same direction, 2 for opposite ones. */
function cosineDistance(a: number[], b: number[]): number {
  return Math.max(0, 1 - dotProduct(a, b));
}
