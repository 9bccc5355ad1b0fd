import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import { explainDiskError } from './error';
import { pause } from './pause';
import { isAlive } from './is-alive';

// The holder touches the file every 5 s; one that does not for 30 s is taken to have died.
const touchMs = 5_000;
const staleMs = 30_000;

/**
 * Runs `work` while no other process runs its own under the same lock: of several kernels one downloads, and
 * the others find it done. `work` should first check whether anything is left to do. A lock whose holder has died
 * is taken over. In the rare case that two take it over at once, both work: so `work` must do no harm then either,
 * which `downloadFile` sees to by writing under a name of its own.
 *
 * @param lockFile a path in an existing folder
 * @param options.onWait called once if another process holds the lock
 * @throws what `work` throws; DownloadError if the lock can't be written
 */
export async function withFileLock<T>(
  lockFile: string,
  work: () => Promise<T>,
  options: { onWait?(): void; signal?: AbortSignal } = {},
): Promise<T> {
  const owner = `${os.hostname()} ${process.pid} ${performance.timeOrigin + performance.now()}`;
  let told = false;
  while (!(await claimed(lockFile, owner))) {
    if (await isStale(lockFile)) {
      await rm(lockFile, { force: true });
      continue;
    }
    if (!told) options.onWait?.();
    told = true;
    await pause(250, options.signal);
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(lockFile, now, now).catch(() => undefined); // gone: someone took us for dead
  }, touchMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    if ((await content(lockFile)) === owner) await rm(lockFile, { force: true });
  }
}

async function claimed(lockFile: string, owner: string): Promise<boolean> {
  try {
    const handle = await open(lockFile, 'wx');
    await handle.writeFile(owner);
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw explainDiskError(lockFile, error);
  }
}

async function isStale(lockFile: string): Promise<boolean> {
  const info = await stat(lockFile).catch(() => undefined);
  if (info === undefined) return false; // just given back: the next claim will tell
  const [host, pid] = ((await content(lockFile)) ?? '').split(' ');
  // The id of a process says nothing about one on another machine, nor does a file that is just being written.
  if (host === os.hostname() && !isAlive(Number(pid))) return true;
  return Date.now() - info.mtimeMs > staleMs;
}

async function content(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
