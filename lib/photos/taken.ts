const exifIfdPointer = 0x8769;
const dateTime = 0x132;
const dateTimeOriginal = 0x9003;
const dateTimeDigitized = 0x9004;
const asciiType = 2;

/**
 * When a photo was taken, from its EXIF data: the field DateTimeOriginal, else DateTimeDigitized, else DateTime; local
 * time of the camera, as most cameras write no time zone. Layout: TIFF 6.0, section 2; fields: EXIF 2.32, sections
 * 4.6.3 to 4.6.5.
 *
 * Read here, since packages that do turn `0000:00:00 00:00:00`, which cameras write whose clock was never set, into a
 * date.
 *
 * @param exif as sharp's `metadata()` gives it, with or without `Exif\0\0` in front
 * @returns such as `2024-05-31T18:20:07`, or undefined if no field holds a whole date that there is
 */
export function photoTaken(exif: Buffer | undefined): string | undefined {
  if (!exif) return undefined;
  const tiff = exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  /** Where the field of 12 bytes (tag, type, count, value or its offset) begins. */
  const findField = (directory: number, tag: number) => {
    for (let field = directory + 2, left = short(directory); left > 0; field += 12, left--) {
      if (short(field) === tag) return field;
    }
    return undefined;
  };
  const date = (directory: () => number | undefined, tag: number) => {
    try {
      const from = directory();
      const field = from === undefined ? undefined : findField(from, tag);
      if (field === undefined || short(field + 2) !== asciiType) return undefined;
      const offset = long(field + 8);
      return isoDate(tiff.toString('latin1', offset, offset + 19));
    } catch (error) {
      if (error instanceof RangeError) return undefined; // an offset that leads out of the data
      throw error;
    }
  };
  const image = () => long(4);
  const camera = () => {
    const pointer = findField(image(), exifIfdPointer);
    return pointer === undefined ? undefined : long(pointer + 8);
  };
  return date(camera, dateTimeOriginal) ?? date(camera, dateTimeDigitized) ?? date(image, dateTime);
}

/** `2024:05:31 18:20:07` as ISO 8601; undefined for a day that never was, such as `0000:00:00 00:00:00`, and a cut one. */
function isoDate(text: string): string | undefined {
  if (!/^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const iso = `${text.slice(0, 10).replaceAll(':', '-')}T${text.slice(11)}`;
  const time = Date.parse(`${iso}Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(iso)) return undefined;
  return iso;
}
