import path from 'node:path';
import createIgnore from 'ignore';

/** Says whether a file or folder is left out, and as what kind; undefined if it is not. */
export type LeftOut = (name: string, isFolder?: boolean) => string | undefined;

/** What systems and programs keep among the photos: thumbnails, snapshots, what was deleted. Lower case. */
const litter: ReadonlySet<string> = new Set([
  // Synology, QNAP
  ...['@eadir', '@tmp', '#recycle', '#snapshot', '@recycle', '@recently-snapshot', '@snapshot'],
  // Windows, macOS, Linux
  ...['$recycle.bin', 'recycler', 'system volume information', '__macosx', 'lost+found'],
  ...['network trash folder', 'temporary items', 'node_modules'],
]);

/** Lightroom's previews, Synology's thumbnails outside `@eaDir`. */
const litterByPattern = [/\.lrdata$/i, /^SYNOPHOTO_THUMB_/i];

/** Apple's photo libraries are folders. The photos lie in `originals`, before macOS 10.15 in `Masters`. */
const library = /\.(photos|photo|migratedphoto|a)library$/i;
const originals = /^(originals|masters)$/i;

/**
 * Makes the function that tells what is left out of a folder of photos: the litter of systems and programs, all of a photo
 * library but its originals, and what `ignore` says.
 *
 * @param ignore patterns as in a `.gitignore`, such as `drafts/`, `*.png` or `!keep.png`; upper and lower case are the same
 * @returns a function of names below the folder, parts separated by `/`
 */
export function leftOut(photosDir: string, ignore: readonly string[] = []): LeftOut {
  const patterns = ignore.map((pattern) => pattern.normalize('NFC'));
  const ignored = createIgnore({ allowRelativePaths: true }).add(patterns);
  const above = path.basename(photosDir);
  return (name, isFolder = false) => {
    const parts = name.split('/');
    for (const [i, part] of parts.entries()) {
      const isLitter = litter.has(part.toLowerCase()) || litterByPattern.some((p) => p.test(part));
      if (isLitter) return part.replace(/^SYNOPHOTO_THUMB_.*/i, 'SYNOPHOTO_THUMB');
      if (library.test(parts[i - 1] ?? above) && !originals.test(part)) return 'in a photo library';
    }
    const asked = name.normalize('NFC') + (isFolder ? '/' : '');
    return ignored.ignores(asked) ? 'ignored' : undefined;
  };
}
