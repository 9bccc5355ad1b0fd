import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupProblem } from './problem.mjs';

const oldest = [3, 10];

const remedy =
  'Debian/Ubuntu: `sudo apt install python3 python3-venv`. macOS: `brew install python`. ' +
  'To use another interpreter, set PYTHON=/path/to/python3.';

const question = `
import sys
try:
    import venv, ensurepip
    parts = "yes"
except ImportError:
    parts = "no"
print(sys.version_info[0], sys.version_info[1], parts)
`;

/**
 * The Python for `.venv`: PYTHON, else python3, else python.
 * @returns {Promise<string>} a command
 */
export async function findPython() {
  const named = process.env.PYTHON;
  /** @type {string | undefined} */
  let problem;
  for (const command of named ? [named] : ['python3', 'python']) {
    const wrong = await whatIsWrong(command);
    if (wrong === undefined) return command;
    problem ??= wrong;
  }
  throw new SetupProblem(`The workshop needs Python 3.10 or newer with venv: ${problem}. ${remedy}`);
}

/** @param {string} command */
async function whatIsWrong(command) {
  /** @type {string} */
  let answer;
  try {
    answer = (await promisify(execFile)(command, ['-c', question])).stdout.trim();
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing ? `there is no ${command}` : `${command} does not run`;
  }
  const [major = 0, minor = 0] = answer.split(' ').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return `${command} is ${major}.${minor}`;
  }
  return answer.endsWith('yes') ? undefined : `${command} lacks the modules venv and ensurepip`;
}
