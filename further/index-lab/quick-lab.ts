import type { Client } from '@opensearch-project/opensearch';
import { indexLab, type LabVectors } from './index-lab';
import { formatSeconds } from '../../console/units';
import { readBackground } from '../judging/background';
import { createProgress } from '../../console/progress';
import { quickConfigurations as configurations } from './configurations';
import type { LabResult } from './lab-result';
import { syntheticVectors } from './synthetic-vectors';

/** What the lab asks for: with fewer photos it has nothing to compare. */
const k = 10;

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
 * The index lab in some seconds: with the photos of an index, and with 2,000 synthetic vectors. The whole one is
 * `npx tsx bench/index-lab.ts`. A line tells how far it is.
 *
 * @returns a table for the photos, left out if the index holds fewer than 10, and one for the synthetic vectors
 * @throws RequestError if the server fails; the signal's reason once that is aborted
 */
export async function quickIndexLab(client: Client, { index, queries, signal }: QuickLabOptions): Promise<LabResult[]> {
  const synthetic = syntheticVectors(2020, { clusters: 50 });
  const all: LabVectors[] = [
    { name: 'photos', vectors: await readBackground(client, index, 1000), queries },
    { name: 'synthetic vectors', vectors: synthetic.slice(20), queries: synthetic.slice(0, 20) },
  ];
  const enough = all.filter(({ vectors }) => vectors.length >= k);
  // For each kind of vectors every index is built, then all are searched.
  const stepsOfEach = configurations.length + 1;
  const total = enough.length * stepsOfEach;
  const progress = createProgress({ label: 'Index lab', unit: 'steps', total });
  const begin = performance.now();
  const elapsed = () => formatSeconds((performance.now() - begin) / 1000);
  const results: LabResult[] = [];
  try {
    for (const data of enough) {
      const rounds = Math.ceil(timings / data.queries.length);
      const steps = new Set<string>();
      const onProgress = (step: string) => {
        const done = results.length * stepsOfEach + steps.add(step).size - 1;
        progress.update(done, `${data.name}, ${step} · ${elapsed()}`);
      };
      results.push(await indexLab(client, data, { configurations, k, rounds, signal, onProgress }));
    }
    progress.update(total);
  } finally {
    progress.finish(elapsed());
  }
  return results;
}
