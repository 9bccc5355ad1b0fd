import type { Client } from '@opensearch-project/opensearch';
import type { Clip } from '../clip';
import { fileProblem } from '../files/file-problem';
import { hashFile } from '../files/hash-file';
import type { Photo } from '../photos';
import { photoColours } from '../photos/colours';
import { photoDocument, type PhotoDocument } from '../photos/document';
import { photoFacts } from '../photos/facts';
import type { OpenPhoto } from '../photos/open-photo';
import { photoProblem } from '../photos/problem';
import { openForModel, photoPixels, type Pixels } from '../pixels';
import type { WrittenPhoto } from './lost-photos';
import { isStored, type StoredPhoto } from './stored-photos';
import { readStoredVector } from './stored-vector';

/** What an upload has to do with a photo: nothing, skip it, or write its document. */
export type PreparedPhoto =
  { photo: Photo; unchanged: true; sha256: string } | { photo: Photo; problem: string } | NewPhoto;

/** A photo whose document is to be written: with its vector, [dimension], or with what it is made from. */
export type NewPhoto = Omit<WrittenPhoto, 'sha256'> & {
  document: PhotoDocument;
  /** What is wrong with it nevertheless, see `openPhoto`. */
  warning?: string;
} & ({ vector: Float32Array } | { pixels: Pixels });

export interface PreparePhotoOptions {
  index: string;
  clip: Clip;
  /** What the index holds, by `_id`. */
  stored: ReadonlyMap<string, StoredPhoto>;
  /** Those of them whose files are gone. */
  gone: ReadonlyMap<string, StoredPhoto>;
  limitPixels?: number;
  signal: AbortSignal;
}

/**
 * Makes the function that reads a photo's file, compares it with what the index holds, and prepares its document.
 *
 * A new photo with the content of one that is gone is that one, renamed; several may have been copied from one. What
 * has this content's vector already lends it.
 *
 * It throws RequestError if the server fails, and the signal's reason once that is aborted.
 */
export function photoPreparer(
  client: Client,
  { index, clip, stored, gone, limitPixels, signal }: PreparePhotoOptions,
): (photo: Photo) => Promise<PreparedPhoto> {
  const { identity } = clip;
  const vectorOf = new Map<string, string>();
  for (const [id, { sha256, hasVector }] of stored) if (hasVector) vectorOf.set(sha256, id);
  const goneIds = new Map<string, string[]>();
  for (const [id, { sha256 }] of gone) goneIds.set(sha256, [...(goneIds.get(sha256) ?? []), id]);

  return async function prepare(photo) {
    let file: { sha256: string; bytes: number };
    try {
      file = await hashFile(photo.path, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { photo, problem: fileProblem(error) };
    }
    const { sha256 } = file;
    const before = stored.get(photo.id);
    if (before && isStored(before, photo, sha256)) return { photo, unchanged: true, sha256 };

    const movedFrom = before ? undefined : goneIds.get(sha256)?.pop();
    const counts = movedFrom !== undefined ? 'moved' : before ? 'replaced' : 'indexed';
    const id = vectorOf.get(sha256);
    const known =
      id === undefined
        ? undefined
        : await readStoredVector(client, { index, id, sha256, identity }, signal);
    try {
      const open = await openForModel(photo.path, limitPixels);
      const { colours, ...made } = known ?? (await readPicture(open, clip));
      const { header, warning } = open;
      const facts = photoFacts(header);
      const document = photoDocument(photo, { ...facts, colours, ...file }, identity);
      return { photo, document, counts, movedFrom, warning, ...made };
    } catch (error) {
      return { photo, problem: await photoProblem(photo.path, error) };
    }
  };
}

async function readPicture(
  open: OpenPhoto,
  { input }: Clip,
): Promise<{ pixels: Pixels; colours: ReturnType<typeof photoColours> }> {
  const pixels = await photoPixels(open, input);
  return { pixels, colours: photoColours(pixels, input) };
}
