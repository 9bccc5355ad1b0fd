// Uploads a folder as users do, with a signal that lives as long as the process, and prints the memory that was held
// after each thousand photos, in MB.
import { interruptSignal } from '../../workshop/interrupt';
import { findPhotos } from '../../lib/photos';
import { uploadPhotos } from '../../lib/upload';
import { fakeClip } from './fake-clip';
import { testClient } from './photo-indexes';

async function main([index = '', photosDir = '']: string[]): Promise<void> {
  const client = await testClient();
  const { photos } = await findPhotos(photosDir);
  const memory: number[] = [];
  const progress = {
    update: (done: number) => {
      if (done >= 1000 * (memory.length + 1)) memory.push(process.memoryUsage.rss() / 1e6);
    },
    finish: () => undefined,
  };
  const clip = fakeClip({ dimension: 512, side: 224 });
  const { indexed } = await uploadPhotos(client, {
    ...{ index, clip, photos, progress },
    signal: interruptSignal(),
  });
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  console.log(JSON.stringify({ indexed, memory, peak }));
  await client.close();
  process.exit(); // the handler of Ctrl-C is no reason to stay
}

void main(process.argv.slice(2));
