import createIgnore from 'ignore';
import { type LeftOut, systemLitter } from '../../lib/photo/system-litter';

/**
 * What is left out of a folder of photos: the litter of systems, see `systemLitter`, and what `ignore` says.
 *
 * @param ignore patterns as in a `.gitignore`, such as `drafts/`, `*.png` or `!keep.png`; upper and lower case are the same
 */
export function leftOut(photosDir: string, ignore: readonly string[] = []): LeftOut {
  const litter = systemLitter(photosDir);
  const patterns = ignore.map((pattern) => pattern.normalize('NFC'));
  const ignored = createIgnore({ allowRelativePaths: true }).add(patterns);
  return (name, isFolder = false) => {
    const asked = name.normalize('NFC') + (isFolder ? '/' : '');
    return litter(name, isFolder) ?? (ignored.ignores(asked) ? 'ignored' : undefined);
  };
}
