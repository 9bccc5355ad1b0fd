// This workshop: lib/embed-photos.ts and lib/clip.ts as the notebooks use them.
import { loadClip } from '../../lib/clip';
import { embedPhotos } from '../../lib/embed-photos';
import { folderIdentity } from '../../clip-model/folder-identity';
import { readTask, report, samples, timed, timeTexts, type Report } from './measure';

async function main(): Promise<void> {
  const { model, dtype, photos, texts } = readTask();
  const identity = await folderIdentity(model, dtype);
  const files = photos.map((path) => ({ path }));

  const loading = await timed(async () => {
    const clip = await loadClip({ folder: model, identity });
    if (files.length === 0) await clip.embedText('a photo');
    else await embedPhotos(clip, files.slice(0, 1)).next();
    return clip;
  });
  const clip = loading.result;
  const measured: Omit<Report, 'peakRssMb'> = { loadSeconds: loading.seconds };

  if (files.length > 0) {
    const photoVectors: number[][] = [];
    const { seconds, cpuSeconds } = await timed(async () => {
      for await (const embedded of embedPhotos(clip, files)) {
        if ('problem' in embedded) throw new Error(`${embedded.photo.path} ${embedded.problem}`);
        if (photoVectors.length < samples) photoVectors.push(Array.from(embedded.vector));
      }
    });
    Object.assign(measured, { photos: { seconds, cpuSeconds }, photoVectors });
  }
  report({ ...measured, ...(await timeTexts(texts, (text) => clip.embedText(text))) });
}

void main();
