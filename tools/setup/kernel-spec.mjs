import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMarked } from './marker.mjs';

/**
 * Whether VS Code's Jupyter finds the kernel without being told where it lies.
 * @param {string} root folder of the repository
 */
export function hasKernelSpec(root) {
  return isMarked(specFile(root), wantedSpec(root));
}

/**
 * Puts the kernel's description into `.venv`, where both VS Code and Jupyter look for kernels of all languages: below
 * the prefix of a Python environment. (A container sets JUPYTER_PATH to where it lies; in a clone, nothing does.)
 *
 * @param {string} root folder of the repository
 */
export function writeKernelSpec(root) {
  const file = specFile(root);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, wantedSpec(root));
}

/** @param {string} root */
function specFile(root) {
  return path.join(root, '.venv', 'share', 'jupyter', 'kernels', 'tsws', 'kernel.json');
}

/**
 * The committed one, with the place of its program in full: a link to its folder would not be followed by all.
 * @param {string} root
 */
function wantedSpec(root) {
  const folder = path.join(root, 'jupyter', 'kernels', 'tsws');
  const spec = readFileSync(path.join(folder, 'kernel.json'), 'utf8');
  return spec.replaceAll('{resource_dir}', JSON.stringify(folder).slice(1, -1));
}
