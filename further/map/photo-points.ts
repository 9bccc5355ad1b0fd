import type { Client } from '@opensearch-project/opensearch';
import { indexedPhotos } from '../indexed-photos';
import { projectVectors, type Point } from './project-vectors';
import { samplePhotos, type ListedPhoto } from './sample-photos';

interface PhotoPointsOptions {
  index: string;
  /** How many photos at most, and the ids of those that are not left out, see `samplePhotos`. */
  limit: number;
  always?: readonly string[];
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** @returns photos, one point for each, see `projectVectors`, and how many photos the index holds */
export async function photoPoints(
  client: Client,
  { index, limit, always, signal }: PhotoPointsOptions,
): Promise<{ photos: ListedPhoto[]; points: Point[]; total: number }> {
  const { photos: drawn, total } = await samplePhotos(client, { index, limit, always });
  const ids = total > limit ? drawn.map(({ id }) => id) : undefined;
  const photos: ListedPhoto[] = [];
  const vectors: Float32Array[] = [];
  for await (const { hit, vector } of indexedPhotos(client, index, ids)) {
    photos.push(hit);
    vectors.push(vector);
  }
  return { photos, points: await projectVectors(vectors, signal), total };
}
