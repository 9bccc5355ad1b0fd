import { describeModel, type ModelIdentity } from '../model/model-identity';
import type { PhotoFacts } from '../photo-facts';
import type { ColourName } from '../photo/photo-colours';
import { creditKeys, type PhotoCredit } from '../photo/photo-credits';
import type { Photo } from '../photos';
import { float32Json } from '../vectors';

/** What the index stores of a photo besides its vector; the mapping is in `photo-index.ts`. */
export interface PhotoDocument extends PhotoFacts, PhotoCredit {
  image_url: string;
  /** The photo's folder below the photos folder, `''` for that itself; in Unicode's normal form C. */
  folder: string;
  /** See `photoColours`. */
  colours: ColourName[];
  bytes: number;
  /** Of the file's bytes, 64 hex digits. */
  sha256: string;
  /** See {@link describeModel}. */
  model: string;
}

/** What a document says of a file's content, under whatever name. */
type ContentFacts = PhotoFacts & Pick<PhotoDocument, 'colours' | 'sha256' | 'bytes'>;

/** Clears the credit of a document whose facts are used again: JSON leaves out what is undefined. */
const noCredit = Object.fromEntries(creditKeys.map((key) => [key, undefined]));

/** @param facts of the photo's file, or a document of the same content: its name and credit are replaced */
export function photoDocument(photo: Photo, facts: ContentFacts, identity: ModelIdentity): PhotoDocument {
  return {
    ...facts,
    ...(photo.credit && { ...noCredit, ...photo.credit }),
    image_url: photo.imageUrl,
    folder: photo.name.slice(0, Math.max(0, photo.name.lastIndexOf('/'))).normalize('NFC'),
    model: describeModel(identity),
  };
}

/** The document with its vector as one line of JSON, see {@link float32Json}. */
export function photoDocumentJson(document: PhotoDocument, embedding: Float32Array): string {
  return `${JSON.stringify(document).slice(0, -1)},"embedding":${float32Json(embedding)}}`;
}
