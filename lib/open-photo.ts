import sharp, { type Metadata, type Sharp } from 'sharp';
import { PhotoSearchError } from './errors';
import { lacksOnlyItsEnd } from './photo/lacks-only-its-end';

export interface OpenPhotoOptions {
  /**
   * The most pixels (width times height) that a photo may have, to protect memory. Default: 300 million for a JPEG, which
   * is shrunk while it is decoded, and 100 million for others.
   */
  limitPixels?: number | undefined;
  /** Leaves pixels as the file has them, whatever its colour profile says. Default false: as the photo looks. */
  ignoreProfile?: boolean | undefined;
}

export interface OpenPhoto {
  /** The photo as people see it: turned by its EXIF orientation, with white behind transparency. */
  image: Sharp;
  header: Metadata;
  /** What is wrong with a photo that is usable anyway, as the end of a sentence that begins with its name. */
  warning?: string | undefined;
}

/**
 * Opens a photo. All code uses this function, so all parts accept the same photos. A damaged photo is an error. A file
 * that breaks the rules slightly, as some phones write it, is not, nor is a JPEG with a little missing at its end. Of an
 * animation, this takes the first frame.
 *
 * Pixels are decoded when you read them from `image`; errors in them are thrown then.
 *
 * @param photo path of the file, or its bytes
 * @throws sharp's error if it is not a picture; PhotoSearchError if it has more pixels than the limit
 */
export async function openPhoto(
  photo: string | Uint8Array,
  { limitPixels, ignoreProfile = false }: OpenPhotoOptions = {},
): Promise<OpenPhoto> {
  const header = await sharp(photo, { limitInputPixels: false }).metadata();
  const { width, height } = header.autoOrient;
  const isJpeg = header.format === 'jpeg';
  // Phones make JPEGs of up to 200 million pixels.
  const limit = limitPixels ?? (isJpeg ? 300_000_000 : 100_000_000);
  if (width * height > limit) {
    throw new PhotoSearchError(`The photo has ${width} x ${height} pixels, more than the limit of ${limit}.`, {
      code: 'too-many-pixels',
    });
  }
  const lacksEnd = isJpeg && (await lacksOnlyItsEnd(photo, header));
  const image = sharp(photo, {
    autoOrient: true,
    failOn: lacksEnd ? 'none' : 'error',
    limitInputPixels: false, // checked above
    // Ink needs its profile to become light.
    ignoreIcc: ignoreProfile && header.space !== 'cmyk',
  }).flatten({ background: 'white' });
  return { image, header, ...(lacksEnd && { warning: 'is cut off at the end, but used anyway' }) };
}
