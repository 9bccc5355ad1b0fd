import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PhotoSearchError } from '../lib/errors';

const runFile = promisify(execFile);

async function run(command: string, args: string[], cwd: string): Promise<void> {
  try {
    await runFile(command, args, { cwd });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    throw new PhotoSearchError(
      code === 'ENOENT'
        ? `${command} is not on this machine: run this on Debian 12, for instance in a container of it.`
        : `${command} ${args.join(' ')} failed: ${stderr?.trim() ?? ''}\nOn Debian 12, run "apt-get update" and try again.`,
      { cause: error },
    );
  }
}

/**
 * Unpacks a Debian package below `folder`, without installing it. One that does not lie in `folder` yet is downloaded
 * first, in the given version or else, where that one is no longer offered, in the newest: check what you take from it.
 *
 * @returns the folder that stands for the package's root
 * @throws PhotoSearchError if apt-get or dpkg-deb is missing, or failed
 */
export async function unpackDebianPackage(name: string, version: string, folder: string): Promise<string> {
  const findDeb = async () => (await readdir(folder)).find((file) => file.startsWith(`${name}_`));
  if ((await findDeb()) === undefined) {
    console.log(`downloading ${name}`);
    await run('apt-get', ['download', `${name}=${version}`], folder).catch(() =>
      run('apt-get', ['download', name], folder),
    );
  }
  const deb = await findDeb();
  if (deb === undefined) throw new PhotoSearchError(`apt-get left no ${name}_*.deb in ${folder}.`);
  const root = path.join(folder, name);
  await run('dpkg-deb', ['-x', deb, root], folder);
  return root;
}
