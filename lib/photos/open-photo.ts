import sharp, { type Metadata, type Sharp } from 'sharp';
import { jpegExtent } from './cut-jpeg';

export interface OpenPhotoOptions {
  /**
   * Most pixels (width times height) that a photo may have: it guards the memory. By default 300 million for a JPEG, which
   * is shrunk while it is decoded, and 100 million for others.
   */
  limitPixels?: number;
  /** Leaves pixels as the file has them, whatever its colour profile says. Default false: as the photo looks. */
  ignoreProfile?: boolean;
}

/** A photo that is open, for whatever is made of it. */
export interface OpenPhoto {
  /** The photo as it is looked at: turned as its EXIF orientation says, transparency on white. */
  image: Sharp;
  header: Metadata;
  /** What is wrong with a photo that can be used nevertheless, to follow its name in a sentence. */
  warning?: string;
}

/** Phones make JPEGs of up to 200 million pixels. */
const defaultLimit = { jpeg: 300_000_000, others: 100_000_000 } as const;

/**
 * Opens a photo: the one way to do so, so that each part takes the same photos. What is damaged is an error, but not what
 * only departs from the rules, as some phones write it, nor a JPEG that lacks a little at its end. An animation's first
 * frame counts.
 *
 * Pixels are decoded when `image` is asked for them, and errors in them thrown then.
 *
 * @param photo path of the file, or its bytes
 * @throws sharp's error if it is not a picture; RangeError if it has more pixels than the limit
 */
export async function openPhoto(
  photo: string | Uint8Array,
  { limitPixels, ignoreProfile = false }: OpenPhotoOptions = {},
): Promise<OpenPhoto> {
  const header = await sharp(photo, { limitInputPixels: false }).metadata();
  const { width, height } = header.autoOrient;
  const isJpeg = header.format === 'jpeg';
  const limit = limitPixels ?? defaultLimit[isJpeg ? 'jpeg' : 'others'];
  if (width * height > limit) {
    throw new RangeError(
      `has ${width} x ${height} pixels, more than the limit of ${limit}: ` +
        'shrink it, or raise the limit (MAX_MEGAPIXELS in .env; limitPixels in code)',
    );
  }
  const lacksEnd = isJpeg && (await jpegExtent(photo)) === 'nearly';
  const image = sharp(photo, {
    autoOrient: true,
    failOn: lacksEnd ? 'none' : 'error',
    limitInputPixels: false, // seen to above
    // Ink needs its profile to become light.
    ignoreIcc: ignoreProfile && header.space !== 'cmyk',
  }).flatten({ background: 'white' });
  return { image, header, ...(lacksEnd && { warning: 'lacks its end, and is used as it is' }) };
}
