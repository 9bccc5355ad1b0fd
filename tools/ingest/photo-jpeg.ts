import { createHash } from 'node:crypto';
import { openPhoto } from '../../lib/open-photo';
import { photoTaken } from '../../lib/photo-facts';

/**
 * How wide a photo is fetched and kept, in pixels, for a model that looks at a square of `side` pixels, as most do at 224:
 * a panorama's height is then still more than that. The original workshop's photos are 640 wide.
 */
export const widthFor = (side: number): number => Math.max(640, 2 * side);

/**
 * The address under which a host that scales photos itself has this one, `width` pixels wide. Unsplash's takes imgix's
 * parameters; from any other the photo comes as it is.
 */
export function scaledAddress(address: string, width: number): string {
  const url = new URL(address);
  if (!/^(images|plus)\.unsplash\.com$/.test(url.hostname)) return address;
  for (const [key, value] of Object.entries({ w: String(width), fm: 'jpg', q: '90' })) url.searchParams.set(key, value);
  return url.href;
}

interface PhotoJpegOptions {
  /** At most this many pixels wide; undefined leaves it as it is. */
  width: number | undefined;
  /** See `openPhoto`. */
  limitPixels: number | undefined;
  /** Where the photo comes from. */
  address: string;
}

/**
 * A photo as a JPEG of at most `width` pixels across; a narrower one stays as it is. Of the EXIF data of a wider one,
 * only the time is kept. The hash of its address (which may have a password in it) is a comment in the file: were two
 * files of different addresses the same, an upload that sees only one of them would take it for the other, renamed.
 *
 * @throws what `openPhoto` throws, and sharp's error if it has to be made smaller and is damaged
 */
export async function photoJpeg(photo: Buffer, { width, limitPixels, address }: PhotoJpegOptions): Promise<Buffer> {
  const { image, header } = await openPhoto(photo, { limitPixels });
  const isSmall = width === undefined || header.autoOrient.width <= width;
  const asItIs = isSmall && header.format === 'jpeg';
  if (!isSmall) image.resize({ width });
  const taken = photoTaken(header.exif)?.replaceAll('-', ':').replace('T', ' ');
  if (taken !== undefined) image.withExif({ IFD2: { DateTimeOriginal: taken } });
  const jpeg = asItIs ? photo : await image.keepIccProfile().jpeg({ quality: 90 }).toBuffer();
  // Layout: ITU-T T.81, B.2.4.5. The two bytes before the text are its length and their own.
  const text = Buffer.from(createHash('sha256').update(address).digest('hex'));
  const start = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 0]);
  start.writeUInt16BE(text.length + 2, 4);
  return Buffer.concat([start, text, jpeg.subarray(2)]);
}
