import { createHash } from 'node:crypto';

/** OpenSearch refuses a longer `_id`. */
const maxIdBytes = 512;

/**
 * The `_id` of a photo's document: its name below the photos folder, so that uploading it again replaces it.
 * A name that is too long is cut and ends with `//` and its SHA-256; no path has an empty part, so that no other
 * photo can have this id.
 *
 * @param name path below the photos folder, parts separated by `/`
 * @returns at most 512 bytes of UTF-8
 */
export function photoId(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= maxIdBytes) return name;
  const ending = `//${createHash('sha256').update(bytes).digest('hex')}`;
  const beginning = bytes.subarray(0, maxIdBytes - ending.length);
  // With `stream`, a character that was cut in two is left out.
  return new TextDecoder().decode(beginning, { stream: true }) + ending;
}
