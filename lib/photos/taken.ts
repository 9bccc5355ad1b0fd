const exifIfdPointer = 0x8769;
const dateTimeOriginal = 0x9003;
const asciiType = 2;

/**
 * When a photo was taken, from its EXIF data: the field DateTimeOriginal, local time of the camera, as most cameras
 * write no time zone. Layout: TIFF 6.0, section 2; fields: EXIF 2.32, sections 4.6.3 and 4.6.5.
 *
 * @param exif as sharp's `metadata()` gives it, with or without `Exif\0\0` in front
 * @returns such as `2024-05-31T18:20:07`, or undefined if there is no such field or no such date
 */
export function photoTaken(exif: Buffer | undefined): string | undefined {
  if (!exif) return undefined;
  const tiff = exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0);
  try {
    const little = tiff.toString('latin1', 0, 2) === 'II';
    const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
    const long = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
    /** Where the field of 12 bytes (tag, type, count, value or its offset) begins. */
    const findField = (ifd: number, tag: number) => {
      for (let field = ifd + 2, left = short(ifd); left > 0; field += 12, left--) {
        if (short(field) === tag) return field;
      }
      return undefined;
    };
    const pointer = findField(long(4), exifIfdPointer);
    if (pointer === undefined) return undefined;
    const taken = findField(long(pointer + 8), dateTimeOriginal);
    if (taken === undefined || short(taken + 2) !== asciiType) return undefined;
    const offset = long(taken + 8);
    return isoDate(tiff.toString('latin1', offset, offset + 19));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // an offset that leads out of the data
    throw error;
  }
}

/** `2024:05:31 18:20:07` as ISO 8601; undefined for a day that never was, such as `0000:00:00 00:00:00`. */
function isoDate(text: string): string | undefined {
  const iso = text.replace(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/, '$1-$2-$3T$4');
  const time = Date.parse(`${iso}Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(iso)) return undefined;
  return iso;
}
