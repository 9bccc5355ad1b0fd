import { createHash } from 'node:crypto';
import { float32Json } from '../upload/float32-json';
import { describeModel, type ModelIdentity } from '../model-identity';
import type { ColourName } from './colours';
import type { PhotoFacts } from './facts';
import type { Photo } from '../photos';

/** What the index keeps of a photo beside its vector; the mapping is in `photo-index.ts`. */
export interface PhotoDocument extends PhotoFacts {
  image_url: string;
  title?: string;
  author?: string;
  licence?: string;
  licence_url?: string;
  source_url?: string;
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

/** The document of a photo whose file has been read. */
export function photoDocument(
  photo: Photo,
  file: PhotoFacts & Pick<PhotoDocument, 'colours' | 'sha256' | 'bytes'>,
  identity: ModelIdentity,
): PhotoDocument {
  return {
    image_url: photo.imageUrl,
    ...photo.credit,
    folder: photo.name.slice(0, Math.max(0, photo.name.lastIndexOf('/'))).normalize('NFC'),
    ...file,
    model: describeModel(identity),
  };
}

/** The document with its vector as one line of JSON, see {@link float32Json}. */
export function photoDocumentJson(document: PhotoDocument, embedding: Float32Array): string {
  return `${JSON.stringify(document).slice(0, -1)},"embedding":${float32Json(embedding)}}`;
}

/** The fields that may change while the file stays the same. */
export const creditFields = [
  'image_url',
  'title',
  'author',
  'licence',
  'licence_url',
  'source_url',
] as const;

/** A short digest of a document's credit: changed credits are seen without keeping them all in memory. */
export function creditDigest(
  document: Partial<Pick<PhotoDocument, (typeof creditFields)[number]>>,
): string {
  const values = creditFields.map((field) => document[field] ?? null);
  return createHash('sha256').update(JSON.stringify(values)).digest('base64').slice(0, 16);
}
