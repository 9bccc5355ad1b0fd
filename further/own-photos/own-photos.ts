import path from 'node:path';
import { inspect } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../../lib/clip';
import { showNotice } from '../../console/notice';
import { PhotoSearchError } from '../../lib/errors';
import { photoGrid } from '../../lib/grid';
import { adviseRecreating } from './advise-recreating';
import { ownFolder } from './own-folder';
import { ownIndexName } from './own-index-name';
import { createPhotoIndex, photoIndexBody } from '../../lib/photo-index';
import { photoSearch, type SearchRequest } from '../combinations/photo-search';
import type { SearchResult } from '../combinations/search-by-terms';
import { findPhotos, type FoundPhotos, imageUrlPrefix, readableEndings, type SkippedPhoto } from '../../lib/photos';
import { leftOut } from './left-out';
import { passedOverLines } from './passed-over';
import { heicProblem } from '../../lib/photo/photo-problem';
import { createProgress, type Progress } from '../../console/progress';
import { notebookAddress } from '../../workshop/notebook-address';
import type { Settings } from '../../workshop/settings';
import { uploadTable } from '../../console/upload-table';
import { problemLines } from '../../lib/opensearch/problem-lines';
import { uploadPhotos, type UploadReport } from '../../lib/upload';
import { shellWord } from '../../console/shell-word';

export interface OwnPhotosOptions {
  settings: Pick<Settings, 'indexName'> & Partial<Pick<Settings, 'limitPixels'>>;
  client: Client;
  clip: Clip;
  /** Whether to delete the folder's index and start over, for example with another model. Default false. */
  recreate?: boolean;
  /** What to leave out, as patterns in a `.gitignore`, see `leftOut`; such photos are also removed from the index. */
  ignore?: readonly string[];
  /** Stops the upload, see `interruptSignal`. */
  signal?: AbortSignal;
  /** Shows how far the upload is. Default: a line of its own. */
  progress?: Progress;
}

/** Your own folder, ready to be searched. */
export interface OwnPhotos {
  /** The folder's index. */
  index: string;
  /** The folder, absolute. */
  photosDir: string;
  /** What was uploaded now; its `skipped` names every file that can't be used. */
  report: UploadReport;
  /** What was passed over, by kind, see `findPhotos`. */
  passedOver: FoundPhotos['passedOver'];
  /** Searches the folder, see `photoSearch`. Each hit's `path` begins with the folder as it was given. */
  search: (request: SearchRequest) => Promise<SearchResult>;
  /** The same as pictures, for `display.html`; a text alone will do. */
  grid: (request: SearchRequest | string) => Promise<string>;
}

/**
 * Makes the photos in your own folder and its subfolders searchable, in an index of their own. The files are only read.
 * A second call uploads what is new or changed, removes what was deleted, and leaves the rest.
 *
 * On a cluster that several people share, each needs a different INDEX_NAME, see `ownIndexName`.
 *
 * @param folder absolute, from the home folder (`~/Pictures`), or relative to the working directory, see `ownFolder`
 * @throws PhotoSearchError if the folder can't be used or holds no photos, if its index holds vectors of another model, or
 * when interrupted
 * @throws UploadError if OpenSearch refused photos, with their names and its reasons
 */
export async function indexOwnPhotos(
  folder: string,
  { settings, client, clip, recreate = false, ignore, signal, progress }: OwnPhotosOptions,
): Promise<OwnPhotos> {
  const photosDir = await ownFolder(folder);
  const kindLeftOut = leftOut(photosDir, ignore);
  const found = await findPhotos(photosDir, { leftOut: kindLeftOut });
  const { photos, passedOver } = found;
  const noneOf = (skipped: SkippedPhoto[]) => noPhotos(photosDir, { ...found, skipped: inOwnFolder(folder, skipped) });
  if (photos.length === 0) throw noneOf(found.skipped);
  if (found.notice !== undefined) showNotice(found.notice);

  const index = ownIndexName(settings.indexName, photosDir);
  showNotice(`Photos in ${photosDir}: ${photos.length}. Their index is '${index}'.`);
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity), recreate }).catch(adviseRecreating);
  const uploaded = await uploadPhotos(client, {
    index,
    clip,
    photos,
    removeMissing: true,
    isLeftOut: (name) => kindLeftOut(name) !== undefined,
    limitPixels: settings.limitPixels,
    signal,
    progress: progress ?? createProgress({ label: 'Uploading', unit: 'photos', total: photos.length }),
  }).catch(adviseRecreating);
  const report = { ...uploaded, skipped: [...found.skipped, ...uploaded.skipped] };

  if (uploaded.skipped.length === photos.length) throw noneOf(report.skipped);

  const searchIndex = photoSearch(clip, client, { index, photosDir, limitPixels: settings.limitPixels });
  const search = async (request: SearchRequest) => {
    const result = await searchIndex(request).catch(adviseRecreating);
    for (const hit of result.hits) {
      if (hit.image_url !== undefined) hit.path = ownPath(folder, hit.image_url);
    }
    return result;
  };
  const grid = async (request: SearchRequest | string) => {
    const asked = typeof request === 'string' ? { text: request } : request;
    const { query, notices, sentence, hits } = await search(asked);
    const note = hits.length > 0 ? notices.join(' ') || undefined : sentence;
    return photoGrid(hits, { heading: query, note, photosDir, address: notebookAddress });
  };
  const own: OwnPhotos = { index, photosDir, report, passedOver, search, grid };
  const shown = () =>
    [
      `Index '${index}', photos in ${photosDir}`,
      uploadTable({
        ...report,
        warnings: inOwnFolder(folder, report.warnings),
        skipped: inOwnFolder(folder, report.skipped),
      }),
      ...passedOverLines(passedOver),
    ].join('\n');
  return Object.defineProperty(own, inspect.custom, { value: shown });
}

/** The path of a photo, as the folder's owner writes it. */
function ownPath(folder: string, imageUrl: string): string {
  return path.join(folder.trim(), imageUrl.slice(imageUrlPrefix.length));
}

function inOwnFolder(folder: string, photos: readonly SkippedPhoto[]): SkippedPhoto[] {
  return photos.map((photo) => ({ ...photo, imageUrl: ownPath(folder, photo.imageUrl) }));
}

export function noPhotos(folder: string, { passedOver, skipped }: FoundPhotos): PhotoSearchError {
  const remedy = skipped.some(({ reason }) => reason === heicProblem)
    ? ['These commands make JPEGs next to the HEIC photos; then run this again:'].concat(heicCommands(folder))
    : [`Photos that can be read are ${readableEndings.join(', ')}, in the folder or below it.`];
  return new PhotoSearchError(
    [
      `There are no photos that can be read in ${folder}.`,
      ...problemLines(skipped).map((line) => `skipped: ${line}`),
      ...passedOverLines(passedOver),
      ...remedy,
    ].join('\n'),
  );
}

/**
 * Saves the HEIC photos in and below a folder as JPEGs, beside them: a command line for each system.
 * `find` puts the file's name for each `{}`, also within a word.
 */
function heicCommands(folder: string): string[] {
  const found = `find ${shellWord(folder)} -iname '*.hei[cf]' -exec`;
  const windowsFolder = `'${folder.replaceAll(`'`, `''`)}'`;
  return [
    `macOS: ${found} sips -s format jpeg {} --out {}.jpg \\;`,
    `Linux: ${found} heif-convert {} {}.jpg \\;   (package libheif-examples)`,
    `Windows: Get-ChildItem ${windowsFolder} -Recurse -Include *.heic, *.heif | ` +
      `ForEach-Object { magick $_.FullName "$($_.FullName).jpg" }   (PowerShell; winget install ImageMagick.ImageMagick)`,
  ];
}
