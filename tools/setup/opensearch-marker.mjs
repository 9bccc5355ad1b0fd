import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMarked, sha256OfFiles } from './marker.mjs';

/** Disk for the server, its download and the archive of its classes, in bytes. */
export const openSearchSize = 0.5e9;

/**
 * Whether the server is unpacked and has been tried out in this place.
 * @param {string} root folder of the repository
 */
export function hasOpenSearch(root) {
  return isMarked(markerFile(root), wantedServer(root));
}

/** @param {string} root folder of the repository */
export function markOpenSearch(root) {
  writeFileSync(markerFile(root), wantedServer(root));
}

/** @param {string} root */
function markerFile(root) {
  /** @type {unknown} */
  const pins = JSON.parse(readFileSync(pinsFile(root), 'utf8'));
  const { version } = /** @type {{ version: string }} */ (pins);
  return path.join(root, '.opensearch', `server-${version}`, '.workshop-setup');
}

/** @param {string} root */
function wantedServer(root) {
  // The archive of classes holds the folder's name, and suits these classes only.
  const noNativeCode = path.join(root, 'local-opensearch/no-native-code/no-native-code.jar');
  return `${sha256OfFiles([pinsFile(root), noNativeCode])} ${realpathSync(root)}`;
}

/** @param {string} root */
function pinsFile(root) {
  return path.join(root, 'local-opensearch', 'server.json');
}
