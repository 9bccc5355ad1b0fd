import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { PhotoSearchError } from '../lib/errors';
import type { LocalOpenSearchPaths } from './paths';

/** The user "nobody" on Linux. */
const nobody = 65534;

/**
 * The command line that runs `command` as another user than root, whom OpenSearch refuses. Root gets another user id
 * in a user namespace, so files stay root's; where the container forbids that, the node runs as nobody and its
 * folder becomes theirs. For anybody else, `command` as it is.
 *
 * @throws PhotoSearchError where neither is possible
 */
export function asOrdinaryUser(command: string[], paths: LocalOpenSearchPaths): string[] {
  if (process.getuid?.() !== 0) return command;
  const inNamespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
  if (succeeds([...inNamespace, 'true'])) {
    giveTo(0, paths.node);
    return [...inNamespace, ...command];
  }
  execFileSync('chmod', ['-R', 'a+rX', paths.server]);
  const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  if (succeeds([...asNobody, 'test', '-r', `${paths.server}/lib`])) {
    giveTo(nobody, paths.node);
    return [...asNobody, ...command];
  }
  throw new PhotoSearchError(
    `OpenSearch refuses to run as root, and this system offers no way to run it as another user who can read ${paths.server}: ` +
      'run the workshop as an ordinary user.',
  );
}

function giveTo(user: number, folder: string): void {
  if (statSync(folder).uid !== user) execFileSync('chown', ['-R', `${user}:${user}`, folder]);
}

function succeeds([program = '', ...rest]: string[]): boolean {
  try {
    execFileSync(program, rest, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
