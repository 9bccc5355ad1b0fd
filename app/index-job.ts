import { createPhotoIndex, findPhotos, indexModel, photoIndexBody, problemLines, uploadPhotos } from '../lib/index';
import { indexOwnPhotos, ownFolder, ownIndexName } from '../further/index';
import type { libraryDoor, Wiring } from './library';
import { problem, reported } from './problem';
import type { IndexProgress } from './types';

/** Makes photos searchable on a visitor's request, one folder at a time. After a kill, the next start continues it. */
export function indexJob(door: ReturnType<typeof libraryDoor>, wiring: Wiring) {
  let progress: IndexProgress = { state: 'done', done: 0 };
  const follow = (total?: number) => ({
    update: (done: number, note?: string) => void (progress = { state: 'working', done, total, note }),
    finish: () => undefined,
  });

  async function run(chosen: string | undefined) {
    const { index, photosDir } = door.place();
    const folder = chosen ?? (index === wiring.indexName ? undefined : photosDir);
    const client = await wiring.connect();
    try {
      const made = folder === undefined ? index : ownIndexName(wiring.indexName, await ownFolder(folder));
      const { body: exists } = await client.indices.exists({ index: made });
      const clip = await door.openModel(exists ? await indexModel(client, made) : await wiring.chooseModel());
      if (folder !== undefined) {
        const own = await indexOwnPhotos(folder, { settings: wiring, client, clip, progress: follow() });
        door.reopen(own);
        return [...own.report.warnings, ...own.report.skipped];
      }
      await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity) });
      const { photos, skipped, notice } = await findPhotos(photosDir);
      if (notice !== undefined) console.error(notice);
      const report = await uploadPhotos(client, { ...wiring, index, clip, photos, progress: follow(photos.length) });
      door.reopen();
      return [...report.warnings, ...skipped, ...report.skipped];
    } finally {
      await client.close();
    }
  }

  return {
    /** @param folder of the visitor's own; undefined for the one whose photos the page shows */
    start(folder?: string): void {
      if (progress.state === 'working') {
        throw problem(409, 'busy', 'Photos are being indexed already: wait until that is done.');
      }
      progress = { state: 'working', done: 0 };
      const end = (state: 'done' | 'failed', note: string) => (progress = { ...progress, state, note });
      run(folder)
        .then((problems) => end('done', problemLines(problems).join('; ')))
        .catch((error: unknown) => end('failed', reported(error, 'Indexing').message));
    },
    progress: () => progress,
  };
}
