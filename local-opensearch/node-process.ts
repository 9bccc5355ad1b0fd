import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { LocalOpenSearchPaths } from './paths';

/** The option that names a node's cluster on its command line. */
export function clusterNameOption(paths: LocalOpenSearchPaths): string {
  return `-Ecluster.name=${paths.clusterName}`;
}

/**
 * Whether process `pid` is this folder's node. A process id alone does not tell: after a restart of the machine or
 * the container it soon belongs to another program.
 */
export function isNodeProcess(pid: number, paths: LocalOpenSearchPaths): boolean {
  return commandLine(pid).includes(clusterNameOption(paths));
}

/** Empty if there is no such process, or only a dead one whose parent has not asked for its end. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
