import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildServer, type ServerOptions } from '../../app/server';
import { createPhotoIndex, findPhotos, photoIndexBody, uploadPhotos } from '../../lib/index';
import { wiringBy } from '../../tools/app/wiring';
import { readSettings } from '../../workshop/index';
import { builtInClip } from './built-in-clip';
import { testClient } from './photo-indexes';
import { silentProgress } from './silent-progress';
import { testOpenSearchUrl } from './test-opensearch';

export const photosDir = path.resolve(__dirname, '../../photos');

/** The page's server, listening. */
export interface SearchPage {
  url: string;
  port: number;
  serviceUri: string;
  close: () => Promise<void>;
}

type Options = Partial<Omit<ServerOptions, 'wiring' | 'stateDir'>> & {
  index: string;
  photosDir?: string;
  serviceUri?: string;
  /** SERVICE_URI as `.env` has it by now, in place of `serviceUri`. */
  changingUri?: () => string;
  port?: number;
};

/** Starts the page over `index` of the tests' OpenSearch, or of a proxy before it, with the built-in model. */
export async function startSearchPage({ index, port = 0, ...given }: Options): Promise<SearchPage> {
  const { photosDir: folder = photosDir, serviceUri = await testOpenSearchUrl(), ...others } = given;
  const { changingUri = () => serviceUri, ...options } = others;
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'workshop-page-'));
  const settings = { ...readSettings({}, ''), clipModel: 'built-in', indexName: index, photosDir: folder };
  const wiring = wiringBy(() => ({ ...settings, serviceUri: changingUri() }));
  const app = await buildServer({ wiring, stateDir, ...options });
  const url = await app.listen({ host: '127.0.0.1', port });
  return {
    ...{ url, port: Number(new URL(url).port), serviceUri },
    close: async () => {
      await app.close();
      // Pictures may still be under way.
      await rm(stateDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** The repository's photos by the built-in model, in an index that all tests read and none changes. @returns its name */
export async function sharedPhotoIndex(): Promise<string> {
  const index = 'test-photos';
  const [client, clip] = [await testClient(), await builtInClip()];
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity) });
  const { photos } = await findPhotos(photosDir);
  await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  await clip.dispose();
  await client.close();
  return index;
}

export async function deleteIndex(index: string): Promise<void> {
  const client = await testClient();
  await client.indices.delete({ index, ignore_unavailable: true });
  await client.close();
}
