import { inspect } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from './clip';
import { showNotice } from './display/notice';
import { WorkshopError } from './errors';
import { photoGrid } from './grid';
import { assertSameModel, indexModel } from './index-model';
import type { ModelIdentity } from './model/identity';
import { ownFolder } from './own-photos/folder';
import { ownIndexName } from './own-photos/index-name';
import { createPhotoIndex, photoIndexBody } from './photo-index';
import { photoSearch, type SearchRequest, type SearchResult } from './photo-search';
import { findPhotos, photoEndings, type FoundPhotos } from './photos';
import type { Progress } from './progress';
import type { Settings } from './settings';
import { uploadPhotos } from './upload';
import { uploadTable, type UploadReport } from './upload/report';

export interface OwnPhotosOptions {
  settings: Pick<Settings, 'indexName'>;
  client: Client;
  clip: Clip;
  /** Whether to throw the folder's index away and begin anew, as for another model. Default false. */
  recreate?: boolean;
  /** Stops the upload, see `interruptSignal`. */
  signal?: AbortSignal;
  /** Where it is seen how far the upload is. Default: a line of its own. */
  progress?: Progress;
}

/** A folder of one's own, ready to be searched. */
export interface OwnPhotos {
  /** The folder's index. */
  index: string;
  /** The folder, absolute. */
  photosDir: string;
  /** What was uploaded now; its `skipped` names every file that can't be used. */
  report: UploadReport;
  /** Searches the folder, see `photoSearch`. */
  search: (request: SearchRequest) => Promise<SearchResult>;
  /** The same as pictures, for `display.html`; a text alone will do. */
  grid: (request: SearchRequest | string) => Promise<string>;
}

/**
 * Makes the photos in a folder of one's own, and in all folders below it, searchable, in an index of their own. The
 * files are only read. A second call uploads what is new or changed, takes out what was deleted, and leaves the rest.
 *
 * On a cluster that several people share, each needs another INDEX_NAME, see `ownIndexName`.
 *
 * @param folder absolute, from the home folder (`~/Pictures`), or relative to the notebook's
 * @throws WorkshopError if the folder can't be used or holds no photos, if its index holds vectors of another model, or
 * when interrupted
 * @throws UploadError if OpenSearch refused photos, with their names and its reasons
 */
export async function indexOwnPhotos(
  folder: string,
  { settings, client, clip, recreate = false, signal, progress }: OwnPhotosOptions,
): Promise<OwnPhotos> {
  const photosDir = await ownFolder(folder);
  const found = await findPhotos(photosDir);
  const { photos } = found;
  if (photos.length === 0) throw noPhotos(photosDir, found);
  if (found.notice !== undefined) showNotice(found.notice);

  const index = ownIndexName(settings.indexName, photosDir);
  showNotice(
    `Photos in ${photosDir}: ${photos.length}. Their index is '${index}'; in results, paths begin with photos/ instead of the folder's name.`,
  );
  await prepareIndex(client, index, clip.identity, recreate);
  const uploaded = await uploadPhotos(client, {
    index,
    clip,
    photos,
    removeMissing: true,
    signal,
    progress,
  });
  const report = { ...uploaded, skipped: [...found.skipped, ...uploaded.skipped] };

  const search = photoSearch(clip, client, { index, photosDir });
  const grid = async (request: SearchRequest | string) => {
    const asked = typeof request === 'string' ? { text: request } : request;
    const { query, sentence, hits } = await search(asked);
    return photoGrid(hits, { heading: query, note: sentence, photosDir });
  };
  const own: OwnPhotos = { index, photosDir, report, search, grid };
  const shown = () => `Index '${index}', photos in ${photosDir}\n${uploadTable(report)}`;
  return Object.defineProperty(own, inspect.custom, { value: shown });
}

/** The folder's index: as it is, if it holds this model's vectors. */
async function prepareIndex(
  client: Client,
  index: string,
  identity: ModelIdentity,
  recreate: boolean,
): Promise<void> {
  const exists = await client.indices.exists({ index });
  if (!exists.body || recreate) {
    await createPhotoIndex(client, { index, body: photoIndexBody(identity), recreate });
  } else {
    const anew = `make this folder's index anew (recreate: true in the call, --recreate in the terminal)`;
    assertSameModel(index, await indexModel(client, index), identity, anew);
  }
}

function noPhotos(folder: string, { passedOver, skipped }: FoundPhotos): WorkshopError {
  const others = Object.entries(passedOver).map(([kind, count]) => `${count} ${kind}`);
  const problems = skipped.map(({ imageUrl, reason }) => `\n  ${imageUrl} ${reason}`).slice(0, 10);
  return new WorkshopError(
    `There are no photos in ${folder}${others.length > 0 ? ` (other files: ${others.join(', ')})` : ''}: ` +
      `give a folder with ${[...photoEndings].join(', ')} in it or below it.${problems.join('')}`,
  );
}
