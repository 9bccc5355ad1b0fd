import { readFileSync } from 'node:fs';

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
