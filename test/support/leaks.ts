import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Runs `work`, and looks all the while for secrets in the arguments of every process on this machine, and in all
 * files below `folders`, also in those that are gone afterwards.
 *
 * @returns where a secret was found, as a file or a command line's program, never the secret itself; and how many command
 *   lines of other processes were looked at, 0 where the system does not show them
 */
export async function leaksDuring<Result>(
  secrets: readonly string[],
  folders: readonly string[],
  work: () => Promise<Result>,
) {
  const leaks = new Set<string>();
  const seen = new Set<string>();
  const lookAtArguments = () => {
    for (const line of commandLines()) {
      if (seen.has(line)) continue;
      seen.add(line);
      const [program = ''] = line.split('\0');
      if (holdsOne(line, secrets)) leaks.add(`arguments of ${path.basename(program)}`);
    }
  };
  const lookAtFiles = () => {
    for (const file of folders.flatMap(filesBelow)) {
      if (holdsOne(contentOf(file), secrets)) leaks.add(`file ${path.basename(file)}`);
    }
  };
  const timers = [setInterval(lookAtArguments, 100), setInterval(lookAtFiles, 1000)];
  try {
    const result = await work();
    lookAtFiles();
    return { result, leaks: [...leaks], commandLines: seen.size };
  } finally {
    timers.forEach(clearInterval);
  }
}

export function holdsOne(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}

/** Of every process that may be looked at, arguments separated by zeros. */
export function commandLines(): string[] {
  if (process.platform !== 'linux') return [];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.map((pid) => contentOf(`/proc/${pid}/cmdline`));
}

/** Empty if the file is gone by now, or is none. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(file);
      return entry.isFile() ? [file] : [];
    });
  } catch {
    return [];
  }
}
