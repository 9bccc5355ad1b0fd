import type { Client } from '@opensearch-project/opensearch';
import { indexLab, type LabVectors } from '../index-lab';
import { readVectors } from '../map/read-vectors';
import { samplePhotos } from '../map/sample-photos';
import { quickConfigurations as configurations } from './configurations';
import type { LabResult } from './lab-result';
import { syntheticVectors } from './synthetic-vectors';

/** Of each way to search: enough for a median that stays about the same. */
const timings = 60;

export interface QuickLabOptions {
  /** The index of photos whose vectors are searched; at most 1,000 of them. */
  index: string;
  /** [queries, dimension], each of length 1: vectors of texts, say. */
  queries: readonly Float32Array[];
  signal?: AbortSignal;
}

/**
 * The index lab in some seconds: with the photos of an index, and with 2,000 synthetic vectors. `npm run lab` is the
 * whole one.
 *
 * @returns a table for the photos, one for the synthetic vectors
 * @throws WorkshopError if the index holds fewer than 10 photos
 */
export async function quickIndexLab(
  client: Client,
  { index, queries, signal }: QuickLabOptions,
): Promise<LabResult[]> {
  const { photos } = await samplePhotos(client, { index, limit: 1000 });
  const ids = photos.map(({ id }) => id);
  const stored = await readVectors(client, index, ids);
  const synthetic = syntheticVectors(2020, { clusters: 50 });
  const all: LabVectors[] = [
    { name: 'photos', vectors: stored.flatMap((vector) => (vector ? [vector] : [])), queries },
    { name: 'synthetic vectors', vectors: synthetic.slice(20), queries: synthetic.slice(0, 20) },
  ];
  const results: LabResult[] = [];
  for (const data of all) {
    const rounds = Math.ceil(timings / data.queries.length);
    results.push(await indexLab(client, data, { configurations, rounds, signal }));
  }
  return results;
}
