import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of all processes; undefined where the system does not show them. */
export function commandLines(): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
