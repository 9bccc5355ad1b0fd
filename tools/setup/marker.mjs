import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// A step writes its marker when it is done: what has none, or one for other contents, is made again.

/**
 * @param {string} file
 * @param {string} wanted what the step would write there now
 */
export function isMarked(file, wanted) {
  try {
    return readFileSync(file, 'utf8') === wanted;
  } catch {
    return false;
  }
}

/** @param {string[]} files */
export function sha256OfFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}
