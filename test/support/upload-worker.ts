// Uploads the photos of a folder in a process of its own, slowly, until it is killed.
import { findPhotos } from '../../lib/photos';
import { uploadPhotos } from '../../lib/upload';
import { fakeClip } from './fake-clip';
import { testClient } from './photo-indexes';
import { silentProgress } from './silent-progress';

async function main([index = '', photosDir = '']: string[]): Promise<void> {
  const client = await testClient();
  const { photos } = await findPhotos(photosDir);
  console.log('ready');
  await uploadPhotos(client, {
    index,
    clip: fakeClip({ pauseMs: 150 }),
    photos,
    progress: silentProgress,
  });
}

void main(process.argv.slice(2));
