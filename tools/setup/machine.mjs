import fs from 'node:fs';
import os from 'node:os';
import { SetupProblem } from './problem.mjs';

const leastMemory = 2e9;

/**
 * Node loads packages in module format with `require` from 20.19 and 22.12 on; tslab depends on that.
 * @param {string} version such as "20.19.0"
 */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new SetupProblem(
    `The workshop needs Node 20.19 or newer (with 22: 22.12 or newer); this is ${version}. ` +
      'Debian/Ubuntu: install Node 22 from NodeSource or with `nvm install 22`. macOS: `brew install node@22`.',
  );
}

/**
 * @param {string} platform one of Node's names
 * @param {string} processor one of Node's names
 */
export function checkSystem(platform = process.platform, processor = process.arch) {
  if (platform === 'darwin' && processor === 'x64') {
    throw new SetupProblem(
      'The library that runs the model is no longer available for Macs with Intel processors: use GitHub Codespaces, or a Linux machine.',
    );
  }
  if (platform !== 'win32') return;
  throw new SetupProblem(
    'The workshop runs on Linux and macOS. On Windows, use it in WSL (`wsl --install`) or in GitHub Codespaces.',
  );
}

/** @param {number} bytes of memory, as far as this process may use it */
export function checkMemory(bytes = usableMemory()) {
  if (bytes >= leastMemory) return;
  throw new SetupProblem(
    `The workshop needs ${gigabytes(leastMemory)} of memory; this machine has ${gigabytes(bytes)}. ` +
      'Give the container or virtual machine more, or use a larger one.',
  );
}

/** The machine's memory in bytes, or the container's limit if that is less. */
export function usableMemory() {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(os.totalmem(), limit) : os.totalmem();
}

/**
 * @param {string} folder
 * @param {number} bytes that will be written there
 * @param {number} free
 */
export function checkDisk(folder, bytes, free = freeSpace(folder)) {
  if (free >= bytes) return;
  throw new SetupProblem(
    `Set-up needs ${gigabytes(bytes)} on the disk of ${folder}, ${gigabytes(free)} are free. ` +
      'Free some space, then run this again.',
  );
}

/**
 * Bytes free on the disk of a folder.
 * @param {string} folder
 */
export function freeSpace(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** @param {number} bytes */
export function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
