import type { Client } from '@opensearch-project/opensearch';
import { projectVectors, type Point } from './project';
import { readVectors } from '../stored-vectors';
import { samplePhotos, type ListedPhoto } from './sample-photos';

export interface PhotoPointsOptions {
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
  const { photos: listed, total } = await samplePhotos(client, { index, limit, always });
  const ids = listed.map(({ id }) => id);
  const vectors = await readVectors(client, index, ids);
  const photos = listed.filter((_, i) => vectors[i]);
  const known = vectors.filter((vector) => vector !== undefined);
  return { photos, points: await projectVectors(known, signal), total };
}
