import { stat } from 'node:fs/promises';
import path from 'node:path';
import { loadClip } from '../../lib/clip';
import { type Dtype, readModelConfig, type Tower } from '../../lib/model/model-config';
import { modelPaths } from '../../clip-model/model-paths';
import { embedPhotos } from '../../lib/embed-photos';
import type { ModelFiles } from '../../clip-model/fetch-model';
import { createProgress } from '../../console/progress';

/** What one tower with weights of one number format makes of the same photos or texts. */
export interface TowerRun {
  dtype: Dtype;
  /** Size of its weights: what is downloaded for it. */
  bytes: number;
  /** Photos or texts in a second, without loading the model. */
  perSecond: number;
  /** In the order of the photos or texts; undefined where a photo can't be used. */
  vectors: (Float32Array | undefined)[];
}

/** @param photos their files */
export async function runVisionTower(files: ModelFiles, dtype: Dtype, photos: string[]): Promise<TowerRun> {
  const clip = await loadClip(files);
  const progress = createProgress({ label: `Photos with ${dtype}`, unit: 'photos', total: photos.length });
  try {
    const items = photos.map((file) => ({ path: file }));
    // The first run reads the weights, which is not to be counted.
    await embedPhotos(clip, items.slice(0, 1)).next();
    const vectors: TowerRun['vectors'] = [];
    const start = performance.now();
    for await (const embedded of embedPhotos(clip, items)) {
      vectors.push('vector' in embedded ? embedded.vector : undefined);
      progress.update(vectors.length);
    }
    const perSecond = (1000 * photos.length) / (performance.now() - start);
    return { dtype, bytes: await towerBytes(files, 'vision'), perSecond, vectors };
  } finally {
    progress.finish();
    await clip.dispose();
  }
}

export async function runTextTower(files: ModelFiles, dtype: Dtype, texts: string[]): Promise<TowerRun> {
  const clip = await loadClip(files);
  try {
    await clip.embedText('a photo');
    const start = performance.now();
    const vectors = await clip.embedTexts(texts);
    const perSecond = (1000 * texts.length) / (performance.now() - start);
    return { dtype, bytes: await towerBytes(files, 'text'), perSecond, vectors };
  } finally {
    await clip.dispose();
  }
}

async function towerBytes({ folder, identity }: ModelFiles, tower: Tower): Promise<number> {
  const config = await readModelConfig(folder);
  let bytes = 0;
  for (const { path: file } of modelPaths(config, identity.dtype)) {
    if (file.startsWith(`onnx/${tower}`)) bytes += (await stat(path.join(folder, file))).size;
  }
  return bytes;
}
