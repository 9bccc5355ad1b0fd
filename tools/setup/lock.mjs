import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// The holder touches the file every 2 s. One that did not for 20 s has died, even if another program has its id now.
const touchMs = 2_000;
const staleMs = 20_000;

/**
 * Runs `work` while no other set-up does. Like download/file-lock.ts, which can't be loaded before the packages are there.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once if another process is at work
 * @returns {Promise<T>}
 */
export async function withSetupLock(file, work, onWait) {
  mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!claimed(file)) {
    if (isStale(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  const touching = setInterval(() => {
    touch(file);
  }, touchMs);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    if (holderOf(file) === process.pid) rmSync(file); // else someone took us for dead
  }
}

/** @param {string} file */
function claimed(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Deleted by somebody: nothing is gained by stopping now.
  }
}

/**
 * 0 where nobody holds it.
 * @param {string} file
 */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/** @param {string} file */
function isStale(file) {
  try {
    const holder = holderOf(file);
    return (holder > 0 && !isAlive(holder)) || Date.now() - statSync(file).mtimeMs > staleMs;
  } catch {
    return false; // given back at this moment
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
