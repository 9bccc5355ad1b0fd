import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMarked, sha256OfFiles } from './marker.mjs';
import { SetupProblem } from './problem.mjs';
import { lastLines, runProgram } from './run-program.mjs';

/** Disk that npm's packages and its cache take, in bytes. */
export const npmPackagesSize = 0.8e9;

/** @param {string} root folder of the repository */
export function hasNpmPackages(root) {
  return isMarked(markerFile(root), wantedPackages(root));
}

/**
 * Installs exactly what package-lock.json says.
 * @param {string} root folder of the repository
 */
export async function installNpmPackages(root) {
  const wanted = wantedPackages(root);
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  // Development packages too, whatever NODE_ENV says: the tests need them.
  const options = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runProgram([...command, 'ci', ...options], { cwd: root });
  if (code !== 0) {
    throw new SetupProblem(
      `npm could not install the packages:\n${lastLines(output)}\n` +
        'If the network failed, run this again: what was downloaded is kept.',
    );
  }
  writeFileSync(markerFile(root), wanted);
}

/** @param {string} root */
function markerFile(root) {
  // npm ci empties the folder first, and so removes the marker.
  return path.join(root, 'node_modules', '.workshop-setup');
}

/** @param {string} root */
function wantedPackages(root) {
  const hash = sha256OfFiles(['package-lock.json', '.npmrc'].map((name) => path.join(root, name)));
  // Some packages are programs for one system: a dev container may share the folder with another.
  return `${hash} for ${process.platform} ${process.arch}`;
}
