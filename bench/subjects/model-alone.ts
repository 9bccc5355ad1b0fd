// Half of the ceiling: the vision tower on ready input, 8 photos at a time, and nothing else.
import { loadClip } from '../../lib/clip';
import { folderIdentity } from '../../clip-model/folder-identity';
import { readTask, report, timed } from './measure';

const batchSize = 8;

async function main(): Promise<void> {
  const { model, dtype, photos } = readTask();
  const clip = await loadClip({ folder: model, identity: await folderIdentity(model, dtype) });
  const { width, height } = clip.input.crop;
  const pixels = Array.from({ length: batchSize }, (_, photo) =>
    Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i * (photo + 1))),
  );
  const loading = await timed(() => clip.embedPixels(pixels.slice(0, 1)));
  const { seconds, cpuSeconds } = await timed(async () => {
    for (let done = 0; done < photos.length; done += batchSize) {
      await clip.embedPixels(pixels.slice(0, photos.length - done));
    }
  });
  report({ loadSeconds: loading.seconds, photos: { seconds, cpuSeconds } });
}

void main();
