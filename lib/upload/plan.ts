import { fileProblem } from '../files/file-problem';
import { creditDigest } from '../photos/document';
import { hashFile } from '../files/hash-file';
import type { Photo } from '../photos';
import type { StoredPhoto } from './stored-photos';

/** A photo whose document is to be written. */
export interface PlannedPhoto extends Photo {
  /** Of its content now. */
  sha256: string;
  bytes: number;
  /** Whether there is a document of this name, with something else in it. */
  known: boolean;
  /** The `_id` of a document that has this content's vector already. */
  vectorOf?: string;
  /** The `_id` that this photo had before it was renamed. */
  movedFrom?: string;
}

export interface UploadPlanOptions {
  stored: ReadonlyMap<string, StoredPhoto>;
  gone: ReadonlyMap<string, StoredPhoto>;
  signal: AbortSignal;
  /** Called for a photo whose document stays as it is. */
  onUnchanged: (sha256: string) => void;
  /** Called for a photo that can't be read. */
  onSkipped: (photo: Photo, reason: string) => void;
}

/**
 * Reads photos one after the other, as they are asked for, and gives those whose documents are to be written.
 *
 * A new photo with the content of one that is gone is that one, renamed; several may have been copied from one.
 *
 * @throws the signal's reason when it is aborted
 */
export async function* planUpload(
  photos: Iterable<Photo>,
  { stored, gone, signal, onUnchanged, onSkipped }: UploadPlanOptions,
): AsyncGenerator<PlannedPhoto, void, undefined> {
  const vectorOf = new Map<string, string>();
  for (const [id, { sha256, sameModel }] of stored) if (sameModel) vectorOf.set(sha256, id);
  const goneBySha256 = new Map<string, string[]>();
  for (const [id, { sha256 }] of gone) {
    goneBySha256.set(sha256, [...(goneBySha256.get(sha256) ?? []), id]);
  }

  for (const photo of photos) {
    signal.throwIfAborted();
    let file: { sha256: string; bytes: number };
    try {
      file = await hashFile(photo.path, signal);
    } catch (error) {
      signal.throwIfAborted();
      onSkipped(photo, fileProblem(error));
      continue;
    }
    const { sha256 } = file;
    const before = stored.get(photo.id);
    if (
      before?.sameModel &&
      before.hasColours &&
      before.sha256 === sha256 &&
      before.credit === creditDigest({ image_url: photo.imageUrl, ...photo.credit })
    ) {
      onUnchanged(sha256);
      continue;
    }
    const movedFrom = before ? undefined : goneBySha256.get(sha256)?.pop();
    yield { ...photo, ...file, known: !!before, vectorOf: vectorOf.get(sha256), movedFrom };
  }
}
