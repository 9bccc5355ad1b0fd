import { execFile, execFileSync } from 'node:child_process';
import { repositoryRoot } from '../../workshop/settings';

const asRootOfItsOwn = ['--user', '--map-root-user', '--mount'];

/** Why there can be no small disk here; undefined if there can. */
export const noSmallDisk: string | undefined = (() => {
  try {
    execFileSync('unshare', [...asRootOfItsOwn, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'], {
      stdio: 'ignore',
    });
    return undefined;
  } catch {
    return 'this system lets no program mount a file system of its own';
  }
})();

/**
 * Runs TypeScript statements in a process of their own for which `folder` lies on a disk of so many megabytes, in
 * memory and gone afterwards. files of the repository are imported as '@/…'; the environment's FOLDER is the folder.
 *
 * @returns what it printed
 */
export function onSmallDisk(folder: string, megabytes: number, code: string): Promise<string> {
  const source = code.replaceAll('@/', `${repositoryRoot}/`);
  const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$FOLDER" && exec "$NODE" --import=tsx --input-type=commonjs --eval "$CODE"`;
  return new Promise((resolve) => {
    execFile(
      'unshare',
      [...asRootOfItsOwn, 'sh', '-c', script],
      {
        cwd: repositoryRoot,
        env: { ...process.env, FOLDER: folder, NODE: process.execPath, CODE: source },
      },
      (_, stdout, stderr) => {
        resolve(stdout + stderr);
      },
    );
  });
}
