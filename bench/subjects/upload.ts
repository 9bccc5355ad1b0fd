// Notebook 2 as users run it: lib/upload.ts to a real OpenSearch, with a signal that could interrupt it.
import { loadClip } from '../../lib/clip';
import { interruptSignal } from '../../workshop/interrupt';
import { folderIdentity } from '../../clip-model/folder-identity';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import { createPhotoIndex, photoIndexBody } from '../../lib/photo-index';
import { readSettings } from '../../workshop/settings';
import { uploadPhotos } from '../../lib/upload';
import { spread } from '../statistics';
import { readTask, report, rssMb, timed } from './measure';

async function main(): Promise<void> {
  const { model, dtype, photos: files } = readTask();
  // A file may come several times: each time under another name, as another photo.
  const photos = files.map((path, i) => {
    const name = `${String(i).padStart(6, '0')}.jpg`;
    return { id: name, name, path, imageUrl: `photos/${name}`, credit: {} };
  });
  const client = await connectOpenSearch(readSettings());
  const index = `bench-upload-${process.pid}`;
  const loading = await timed(async () => {
    const clip = await loadClip({ folder: model, identity: await folderIdentity(model, dtype) });
    await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity) });
    return clip;
  });

  // Between two runs of the garbage collector memory goes up and down by 30 MB: only the median of many says something.
  const rssOfThousands: number[][] = [];
  const progress = {
    update(done: number) {
      (rssOfThousands[Math.floor(Math.max(0, done - 1) / 1000)] ??= []).push(rssMb());
    },
    finish: () => undefined,
  };
  try {
    const { result, seconds, cpuSeconds } = await timed(() =>
      uploadPhotos(client, { ...{ index, clip: loading.result, photos, progress }, signal: interruptSignal() }),
    );
    if (result.indexed !== photos.length) {
      throw new Error(`${result.indexed} of ${photos.length} photos were uploaded.`);
    }
    const measured = { seconds, cpuSeconds };
    report({
      loadSeconds: loading.seconds,
      photos: measured,
      rssMb: rssOfThousands.map((samples) => spread(samples).median),
    });
  } finally {
    await client.indices.delete({ index });
    await client.close();
  }
  process.exit(); // the handler of Ctrl-C would keep it running
}

void main();
