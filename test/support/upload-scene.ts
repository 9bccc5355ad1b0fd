import type { TestContext } from 'node:test';
import { findPhotos } from '../../lib/photos';
import { uploadPhotos, type UploadOptions } from '../../lib/upload';
import { fakeClip } from './fake-clip';
import { writePhotos } from './photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './photo-indexes';
import { silentProgress } from './silent-progress';
import { temporaryFolder } from './temporary-folder';

/** A folder of `count` photos, and an empty index. */
export async function uploadScene(t: TestContext, count: number, clip = fakeClip()) {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, clip.identity);
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  return {
    ...{ client, clip, index, photosDir },
    /** Finds and uploads what is in the folder now; by another client if it is given. */
    upload: async (options: Partial<UploadOptions> = {}, through = client) => {
      const { photos } = await findPhotos(photosDir);
      return uploadPhotos(through, { index, clip, photos, progress: silentProgress, ...options });
    },
    /** All of the index, by id. */
    whole: () => wholeIndex(client, index),
  };
}
