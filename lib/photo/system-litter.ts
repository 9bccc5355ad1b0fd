import path from 'node:path';

/** The kind under which a name below the photos folder is left out; undefined if it is kept. */
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
 * Recognises, by names below the folder, what systems and programs leave in a photos folder: their own files, and
 * everything in a photo library except its originals.
 */
export function systemLitter(photosDir: string): LeftOut {
  const above = path.basename(photosDir);
  return (name) => {
    const parts = name.split('/');
    for (const [i, part] of parts.entries()) {
      const isLitter = litter.has(part.toLowerCase()) || litterByPattern.some((p) => p.test(part));
      if (isLitter) return part.replace(/^SYNOPHOTO_THUMB_.*/i, 'SYNOPHOTO_THUMB');
      if (library.test(parts[i - 1] ?? above) && !originals.test(part)) return 'in a photo library';
    }
    return undefined;
  };
}
