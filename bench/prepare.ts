import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findPython } from '../tools/setup/find-python.mjs';
import { step } from '../tools/setup/report.mjs';
import { repositoryRoot } from '../workshop/settings';
import { outputOf } from './run-subject';

const requirementFiles = ['bench/requirements.txt', 'maintain/reference/requirements.txt'];

/**
 * Makes the Python environment of the subjects, with PyTorch in it: 5 GB.
 * @returns path of its interpreter
 */
export async function preparePython(work: string): Promise<string> {
  const environment = path.join(work, 'venv');
  const python = path.join(environment, 'bin', 'python');
  const hash = createHash('sha256');
  for (const file of requirementFiles) hash.update(readFileSync(path.join(repositoryRoot, file)));
  const marker = path.join(environment, '.made-for');
  const wanted = hash.digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;

  await step('Python packages for the comparison (5 GB)', async () => {
    await rm(environment, { recursive: true, force: true });
    await outputOf(await findPython(), ['-m', 'venv', environment]);
    const quietly = ['--quiet', '--no-input', '--disable-pip-version-check'];
    await outputOf(python, ['-m', 'pip', 'install', ...quietly, '-r', 'bench/requirements.txt']);
    await writeFile(marker, wanted);
  });
  return python;
}

/**
 * Makes a CLIP of ViT-B/32's shape with random weights, for every subject in its own format.
 * @returns its folder
 */
export async function prepareModel(work: string, python: string): Promise<string> {
  const folder = path.join(work, 'model');
  if (existsSync(folder)) return folder;
  await step('A CLIP of random weights (2 GB)', async () => {
    const unfinished = `${folder}.part`;
    await rm(unfinished, { recursive: true, force: true });
    await outputOf(python, ['bench/make-random-clip.py', 'base', unfinished, '--torch']);
    await outputOf(python, ['bench/make-openai-checkpoint.py', unfinished]);
    await rename(unfinished, folder);
  });
  return folder;
}
