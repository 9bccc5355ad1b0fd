import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** What Linux's /proc tells of a process; NaN for one that is gone, and where there is no /proc. */
function figures(pid: number, file: 'stat' | 'status', read: (text: string) => number): number {
  try {
    return read(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  } catch {
    return NaN;
  }
}

/** Processor time that all its threads have taken so far, in seconds. */
export function cpuSeconds(pid: number): number {
  return figures(pid, 'stat', (text) => {
    // Behind the name in brackets, user and system time are the 12th and 13th field, in hundredths of a second.
    const [user, system] = (text.split(') ')[1] ?? '').split(' ').slice(11, 13).map(Number);
    return ((user ?? NaN) + (system ?? NaN)) / 100;
  });
}

/** Its memory, files that are mapped into it included, in MB. */
export function residentMb(pid: number): number {
  return figures(pid, 'status', (text) => Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? NaN) / 1024);
}

/**
 * What processes and their children take of the memory together, in MB: what several share is counted once (`Pss`).
 * NaN where the system does not tell.
 */
export async function processMemory(pids: readonly number[]): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pids.includes(pid) || isOurs(parents.get(pid)));
  let kilobytes = parents.size > 0 ? 0 : NaN;
  for (const pid of [...parents.keys()].filter(isOurs)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return Math.round(kilobytes / 1024);
}
