import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const follower = fileURLToPath(new URL('./end-with-parent.mjs', import.meta.url));

/**
 * Runs a program that ends when this process ends, even if that is killed: what it was writing is never written by
 * two at once.
 *
 * @param {string[]} commandLine
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number, output: string }>} exit code, and what it printed
 */
export function runProgram(commandLine, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [follower, ...commandLine], { cwd, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * The end of what a program printed, for a message.
 * @param {string} output
 */
export function lastLines(output) {
  return output.trimEnd().split('\n').slice(-8).join('\n');
}
