import fs from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';

const key = (name: string) => name.normalize('NFD').toLowerCase();

/** The path under which a disk that ignores case and normal form would find `file`. */
async function found(file: string): Promise<string> {
  const { dir, base, root } = path.parse(file);
  if (base === '') return root;
  const folder = await found(dir);
  const names = await fs.readdir(folder).catch(() => []);
  return path.join(folder, names.find((name) => key(name) === key(base)) ?? base);
}

/**
 * Lets this process see its disk as one that finds a file whatever the case and the normal form of its name, and keeps
 * names as they were written: macOS, exFAT, SMB. (Checked against a file system of that kind, by FUSE.)
 */
export function ignoreCase(t: TestContext): void {
  for (const name of ['lstat', 'stat', 'access', 'realpath', 'readFile', 'open'] as const) {
    const original = fs[name] as (file: string, ...rest: unknown[]) => Promise<unknown>;
    t.mock.method(fs, name, async (file: string, ...rest: unknown[]) =>
      original(await found(path.resolve(file)), ...rest),
    );
  }
}
