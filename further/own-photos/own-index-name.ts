import { createHash } from 'node:crypto';
import path from 'node:path';

/**
 * The name of the index for a folder of one's own, such as `photos-summer-in-rome-3f2a9c1b`: the workshop's index (on a
 * cluster that a class shares, each has another), the folder's name as far as index names allow, and 8 hex digits of
 * its path's SHA-256, as two folders may have one name.
 *
 * The machine's name is not in it: that may change with the network or when a Codespace is rebuilt, and the next call
 * would make every vector again. So where people share a cluster and their folders have the same path, each
 * needs another INDEX_NAME: with the same one, they would take out each other's photos.
 *
 * @param indexName INDEX_NAME of the settings
 * @param folder real, absolute path
 */
export function ownIndexName(indexName: string, folder: string): string {
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const readable = path
    .basename(folder)
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  // With `stream`, a character that was cut in two is left out.
  const prefix = new TextDecoder().decode(Buffer.from(indexName).subarray(0, 200), { stream: true });
  return [prefix, readable, digest].filter((part) => part !== '').join('-');
}

/** Whether an index may be that of a folder, by its name: it is not one that `switchModel` has kept. */
export function isOwnIndexName(indexName: string, name: string): boolean {
  return name.startsWith(`${indexName}-`) && /-[0-9a-f]{8}$/.test(name) && !/-model-[0-9a-f]{8}$/.test(name);
}
