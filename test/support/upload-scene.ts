import type { TestContext } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { findPhotos } from '../../lib/photos';
import { uploadPhotos, type UploadOptions, type UploadReport } from '../../lib/upload';
import { fakeClip, type FakeClip } from './fake-clip';
import { writePhotos } from './photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './photo-indexes';
import { silentProgress } from './silent-progress';
import { temporaryFolder } from './temporary-folder';

export interface UploadScene {
  client: Client;
  clip: FakeClip;
  index: string;
  photosDir: string;
  /** Finds and uploads what is in the folder now; by another client if it is given. */
  upload: (options?: Partial<UploadOptions>, through?: Client) => Promise<UploadReport>;
  /** All of the index, by id. */
  whole: () => Promise<Map<string, unknown>>;
}

/** A folder of `count` photos, and an empty index. */
export async function uploadScene(t: TestContext, count: number, clip = fakeClip()): Promise<UploadScene> {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, clip.identity);
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  return {
    ...{ client, clip, index, photosDir },
    async upload(options = {}, through = client) {
      const { photos } = await findPhotos(photosDir);
      const progress = silentProgress;
      return uploadPhotos(through, { index, clip, photos, progress, ...options });
    },
    whole: () => wholeIndex(client, index),
  };
}
