import { setTimeout as pause } from 'node:timers/promises';
import { createPhotoIndex, findPhotos, indexModel, loadClip, photoIndexBody, uploadPhotos } from '../lib/index';
import { chooseModel, connectOpenSearch, fetchModel } from '../workshop/index';
import { indexOwnPhotos } from '../further/index';
import type { LibraryDoor } from './library';
import { problem, toldOf } from './problem';
import type { IndexProgress } from './types';

export interface IndexJob {
  /** @param folder of the visitor's own; undefined for the one that the settings name */
  start: (folder?: string) => void;
  /** Server-sent events, the last of which says how it ended. */
  follow: () => AsyncGenerator<string, void, undefined>;
}

/** Makes photos searchable on a visitor's request, one folder at a time. A killed one goes on when started again. */
export function indexJob(door: LibraryDoor): IndexJob {
  let progress: IndexProgress | undefined;

  async function run(folder: string | undefined): Promise<void> {
    const { settings } = door;
    const client = await connectOpenSearch(settings, { notice: () => undefined });
    try {
      const place = folder === undefined ? door.place() : undefined;
      const { body: exists } = place ? await client.indices.exists({ index: place.index }) : { body: false };
      const identity =
        place && exists
          ? await indexModel(client, place.index)
          : (await chooseModel(settings, { allowBuiltIn: true })).identity;
      const clip = await loadClip(await fetchModel(identity, settings));
      const follow = (total?: number) => ({
        update(done: number, note?: string) {
          progress = { state: 'working', done, total, note };
        },
        finish: () => undefined,
      });
      if (place === undefined) {
        const options = { settings, client, clip, progress: follow() };
        door.reopen(await indexOwnPhotos(folder ?? '', options));
      } else {
        const { index } = place;
        if (!exists) await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
        const { photos } = await findPhotos(place.photosDir);
        const { limitPixels } = settings;
        const options = { index, clip, photos, limitPixels, progress: follow(photos.length) };
        await uploadPhotos(client, options);
        door.reopen();
      }
      progress = { ...progress, state: 'done', done: progress?.done ?? 0 };
    } finally {
      await client.close();
    }
  }

  return {
    start(folder) {
      if (progress?.state === 'working') {
        throw problem(409, 'busy', 'Photos are being indexed already: wait until that is done.');
      }
      progress = { state: 'working', done: 0 };
      run(folder).catch((error: unknown) => {
        progress = { state: 'failed', done: progress?.done ?? 0, note: toldOf(error).message };
      });
    },
    async *follow() {
      let last = '';
      for (;;) {
        const now = JSON.stringify(progress ?? { state: 'done', done: 0 });
        if (now !== last) yield `data: ${now}\n\n`;
        last = now;
        if (progress?.state !== 'working') return;
        await pause(200);
      }
    },
  };
}
