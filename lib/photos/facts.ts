import type { Metadata } from 'sharp';
import { photoTaken } from './taken';

/** What the file itself says about a photo. */
export interface PhotoFacts {
  /** In pixels, as it is looked at: turned as its EXIF orientation says. */
  width: number;
  height: number;
  orientation: 'landscape' | 'portrait' | 'square';
  /** See {@link photoTaken}. */
  taken?: string;
}

/** @param header of the photo, see `openPhoto` */
export function photoFacts({ autoOrient, exif }: Metadata): PhotoFacts {
  const { width, height } = autoOrient;
  const orientation = width > height ? 'landscape' : width < height ? 'portrait' : 'square';
  return { width, height, orientation, taken: photoTaken(exif) };
}
