import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasKernelSpec } from '../setup/kernel-spec.mjs';
import { hasPythonPackages } from '../setup/python-packages.mjs';
import { SetupProblem } from '../setup/problem.mjs';
import { examine, note } from './finding.mjs';

const question = `
import json, jupyterlab
from jupyter_client.kernelspec import KernelSpecManager
print(json.dumps({"lab": jupyterlab.__version__, "kernels": KernelSpecManager().find_kernel_specs()}))
`;

/**
 * JupyterLab and the TypeScript kernel.
 * @param {string} root folder of the repository
 */
export async function examineJupyter(root) {
  /** @type {{ lab: string, kernels: Record<string, string> } | undefined} */
  let answer;
  const jupyter = await examine('Jupyter', async () => {
    if (!hasPythonPackages(root)) {
      throw new SetupProblem('.venv is missing or not up to date: run `node tools/setup.mjs`.');
    }
    if (!hasKernelSpec(root)) throw new SetupProblem('the kernel is not set up: run `node tools/setup.mjs`.');
    answer = await ask(root);
    return `JupyterLab ${answer.lab}`;
  });
  const kernel = await examine('Kernel', () => {
    if (answer === undefined) return note('not checked: fix Jupyter first.');
    const folder = answer.kernels.tsws;
    if (folder !== path.join(root, 'jupyter', 'kernels', 'tsws')) {
      throw new SetupProblem(
        folder === undefined
          ? 'Jupyter finds no kernel tsws: open the workshop with `npm start`, which tells it where to look.'
          : `another kernel named tsws takes precedence over the workshop's: remove ${folder}.`,
      );
    }
    return `tslab ${tslabVersion(root)}, found by Jupyter as TypeScript (workshop)`;
  });
  return [jupyter, kernel];
}

/** @param {string} root */
function tslabVersion(root) {
  const file = path.join(root, 'node_modules', 'tslab', 'package.json');
  return /** @type {{ version: string }} */ (JSON.parse(readFileSync(file, 'utf8'))).version;
}

/**
 * @typedef {{ lab: string, kernels: Record<string, string> }} Answer
 * @param {string} root
 * @returns {Promise<Answer>}
 */
async function ask(root) {
  const env = { ...process.env, JUPYTER_PATH: path.join(root, 'jupyter') };
  try {
    const { stdout } = await promisify(execFile)(path.join(root, '.venv/bin/python'), ['-c', question], { env });
    return /** @type {Answer} */ (JSON.parse(stdout));
  } catch {
    throw new SetupProblem('.venv does not run JupyterLab: delete the folder .venv and run `node tools/setup.mjs`.');
  }
}
