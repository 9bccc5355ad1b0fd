import { realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMarked, sha256OfFiles } from './marker.mjs';
import { SetupProblem } from './problem.mjs';
import { lastLines, runProgram } from './run-program.mjs';

/** Disk that `.venv` takes, in bytes. */
export const pythonPackagesSize = 0.4e9;

/** @param {string} root folder of the repository */
export function hasPythonPackages(root) {
  const wanted = wantedPackages(root);
  return wanted !== undefined && isMarked(markerFile(root), wanted);
}

/**
 * Makes `.venv` and installs what requirements.txt says, each file checked against its SHA-256. One without a
 * marker is not whole, or was made for other packages, by another Python, in another place: it is deleted.
 *
 * @param {string} root folder of the repository
 * @param {string} python a command
 */
export async function installPythonPackages(root, python) {
  const environment = path.join(root, '.venv');
  rmSync(environment, { recursive: true, force: true });
  await runOrExplain([python, '-m', 'venv', environment], root);
  await runOrExplain(
    [
      ...[interpreter(root), '-m', 'pip', 'install', '--requirement', 'requirements.txt'],
      // The list is complete, so nothing has to be worked out, and nothing is built here.
      ...['--require-hashes', '--no-deps', '--only-binary', ':all:'],
      // Python compiles what is used when it is used: a third less time.
      ...['--no-compile', '--quiet', '--no-input', '--disable-pip-version-check'],
    ],
    root,
  );
  writeFileSync(markerFile(root), wantedPackages(root) ?? '');
}

/**
 * @param {string[]} commandLine
 * @param {string} cwd
 */
async function runOrExplain(commandLine, cwd) {
  // Settings of the user's own Python would lead outside .venv.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PYTHONHOME|PYTHONPATH|PIP_USER|PIP_TARGET|PIP_PREFIX)$/.test(name),
    ),
  );
  const { code, output } = await runProgram(commandLine, { cwd, env });
  if (code === 0) return;
  throw new SetupProblem(
    `Python could not install its packages into .venv:\n${lastLines(output)}\n` +
      'If the network failed, run this again.',
  );
}

/** @param {string} root */
function interpreter(root) {
  return path.join(root, '.venv', 'bin', 'python');
}

/** @param {string} root */
function markerFile(root) {
  return path.join(root, '.venv', '.workshop-setup');
}

/**
 * What `.venv` depends on: the list of packages, the interpreter (an upgrade of the system replaces it), and the
 * folder, which its scripts name. Undefined if its interpreter is gone.
 *
 * @param {string} root
 */
function wantedPackages(root) {
  try {
    const program = realpathSync(interpreter(root));
    return JSON.stringify({
      requirements: sha256OfFiles([path.join(root, 'requirements.txt')]),
      interpreter: `${program} of ${statSync(program).mtime.toISOString()}`,
      folder: realpathSync(root),
    });
  } catch {
    return undefined;
  }
}
