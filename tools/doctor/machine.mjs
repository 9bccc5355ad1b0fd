import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { checkMemory, checkNode, checkSystem, freeSpace, gigabytes, usableMemory } from '../setup/machine.mjs';
import { findPython } from '../setup/find-python.mjs';
import { hasNpmPackages } from '../setup/npm-packages.mjs';
import { SetupProblem } from '../setup/problem.mjs';
import { examine, note } from './finding.mjs';

/**
 * What can be checked with nothing installed.
 * @param {string} root folder of the repository
 */
export async function examineMachine(root) {
  return [
    await examine('Node', () => {
      checkSystem();
      checkNode();
      return `${process.versions.node} on ${os.type()} ${os.arch()}`;
    }),
    await examine('Memory', memory),
    await examine('Disk', () => disk(root)),
    await examine('Python', async () => {
      const python = await findPython();
      const { stdout } = await promisify(execFile)(python, ['--version']);
      return `${stdout.trim().replace('Python ', '')} with venv`;
    }),
    await examine('npm packages', () => {
      if (hasNpmPackages(root)) return 'as package-lock.json says';
      throw new SetupProblem('missing, or not those of package-lock.json: run `node tools/setup.mjs`.');
    }),
  ];
}

function memory() {
  checkMemory();
  const total = usableMemory();
  const says = `${gigabytes(total)}, ${gigabytes(Math.min(os.freemem(), total))} of it free`;
  // OpenSearch takes 0.8 GB, the notebook with the full model 1.5, JupyterLab and the browser the rest.
  return total >= 6e9 ? says : note(`${says}: enough for the workshop if little else runs.`);
}

/** @param {string} root */
function disk(root) {
  const free = freeSpace(root);
  if (free >= 1e9) return `${gigabytes(free)} free`;
  throw new SetupProblem(
    `${gigabytes(free)} free on the disk of ${root}: free 1 GB, or downloads and OpenSearch will fail.`,
  );
}
