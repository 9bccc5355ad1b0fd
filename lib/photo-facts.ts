import type { Metadata } from 'sharp';

/** What the file itself says about a photo. */
export interface PhotoFacts {
  /** In pixels, as it is looked at: turned as its EXIF orientation says. */
  width: number;
  height: number;
  orientation: 'landscape' | 'portrait' | 'square';
  /** See {@link photoTaken}. */
  taken?: string | undefined;
}

/** @param header of the photo, see `openPhoto` */
export function photoFacts({ autoOrient, exif }: Metadata): PhotoFacts {
  const { width, height } = autoOrient;
  const orientation = width > height ? 'landscape' : width < height ? 'portrait' : 'square';
  return { width, height, orientation, taken: photoTaken(exif) };
}

/** Tags of EXIF's fields. */
const tags = { dateTime: 0x132, exifIfd: 0x8769, dateTimeOriginal: 0x9003, dateTimeDigitized: 0x9004 } as const;

const asciiType = 2;

/**
 * When a photo was taken, from its EXIF data: the field DateTimeOriginal, else DateTimeDigitized, else DateTime; local
 * time of the camera, as most cameras write no time zone. Layout: TIFF 6.0, section 2; fields: EXIF 2.32, sections
 * 4.6.3 to 4.6.5. Packages that read them make a date of `0000:00:00 00:00:00`, which a camera writes if its clock was
 * never set.
 *
 * @param exif as sharp's `metadata()` gives it, with or without `Exif\0\0` in front
 * @returns such as `2024-05-31T18:20:07`, or undefined if no field holds a whole date that exists
 */
export function photoTaken(exif: Buffer | undefined): string | undefined {
  if (!exif) return undefined;
  const tiff = exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  /** 0 for an offset outside the data: that is no tag or type that we look for. */
  const number = (at: number, bytes: 2 | 4) => {
    if (at + bytes > tiff.length) return 0;
    return little ? tiff.readUIntLE(at, bytes) : tiff.readUIntBE(at, bytes);
  };
  /** Where the field of 12 bytes (tag, type, count, value or its offset) begins. */
  const findField = (directory: number, tag: number) => {
    for (let field = directory + 2, left = number(directory, 2); left > 0; field += 12, left--) {
      if (number(field, 2) === tag) return field;
    }
    return undefined;
  };
  const date = (directory: number | undefined, tag: number) => {
    const field = directory === undefined ? undefined : findField(directory, tag);
    if (field === undefined || number(field + 2, 2) !== asciiType) return undefined;
    const offset = number(field + 8, 4);
    return isoDate(tiff.toString('latin1', offset, offset + 19));
  };
  const image = number(4, 4);
  const pointer = findField(image, tags.exifIfd);
  const camera = pointer === undefined ? undefined : number(pointer + 8, 4);
  return date(camera, tags.dateTimeOriginal) ?? date(camera, tags.dateTimeDigitized) ?? date(image, tags.dateTime);
}

/** `2024:05:31 18:20:07` as ISO 8601; undefined for a date that never was, such as `0000:00:00 00:00:00`, or is cut. */
function isoDate(text: string): string | undefined {
  if (!/^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const iso = `${text.slice(0, 10).replaceAll(':', '-')}T${text.slice(11)}`;
  const time = Date.parse(`${iso}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso) ? iso : undefined;
}
