import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PhotoSearchError } from '../../lib/errors';

/** What a photo's file must be. */
export interface OriginalPhoto {
  name: string;
  /** In bytes. */
  size: number;
  sha256: string;
}

/** Photos in a public repository, at one commit of it. */
export interface OriginalPhotos {
  /** `owner/name` */
  repository: string;
  commit: string;
  /** The folder in the repository that holds them. */
  folder: string;
  photos: OriginalPhoto[];
}

const file = path.join(__dirname, 'original-photos.txt');

/**
 * The photos of the original workshop, as `original-photos.txt` beside this file lists them. They stay the same, since
 * the commit is fixed, so nobody has to ask for the list: GitHub answers 60 such questions an hour to one address, too
 * few for a class.
 */
export async function originalPhotos(): Promise<OriginalPhotos> {
  return {
    repository: 'Aiven-Labs/workshop-multimodal-search-CLIP-OpenSearch',
    commit: '2229de1f2680fc489961d3813147f4cb81671081',
    folder: 'photos',
    photos: parsePhotoList(await readFile(file, 'utf8')),
  };
}

/**
 * Reads lines of SHA-256, size and name; those that begin with # are comments.
 *
 * @throws PhotoSearchError for any other line, and for a name that is not an Unsplash id and `.jpg`: it names a file here
 */
export function parsePhotoList(text: string): OriginalPhoto[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, sha256, size, name] = /^([0-9a-f]{64}) (\d+) ([\w-]{11}\.jpg)$/.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) {
      throw new PhotoSearchError(`The list of photos has a line that can't be used: ${line}`);
    }
    return { name, size: Number(size), sha256 };
  });
}
