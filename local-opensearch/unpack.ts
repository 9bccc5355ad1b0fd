import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry } from 'yauzl';

/**
 * Unpacks the files of a zip archive for which `keep` holds, with their permissions. yauzl refuses names that lead
 * out of the folder ("../", absolute), damaged archives, and files that unpack to another size than announced.
 *
 * @param folder an existing one
 */
export async function unpack(
  archive: string,
  folder: string,
  keep: (name: string) => boolean = () => true,
): Promise<void> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !keep(entry.fileName)) continue;
      const file = path.join(folder, entry.fileName);
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file));
      await chmod(file, permissions(entry));
    }
  } finally {
    zip.close();
  }
}

/** As the archive has them; one that was not made on Unix has none. */
function permissions(entry: Entry): number {
  return (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
}
