import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import kernel from '../jupyter/kernels/tsws/kernel.json';
import { repositoryRoot } from '../workshop/settings';
import type { Subject } from './subjects';
import type { Report } from './subjects/measure';

/**
 * Runs a subject in a process of its own: none has another's memory or caches.
 *
 * @param options.work folder where the task is written down
 * @param options.env what its environment has besides that of this process
 * @throws Error with what it printed, if it fails
 */
export async function runSubject(
  { id, program, asInNotebooks }: Pick<Subject, 'id' | 'program' | 'asInNotebooks'>,
  task: object,
  { work, python, env = {} }: { work: string; python: string; env?: Record<string, string> },
): Promise<Report> {
  const taskFile = path.join(work, `task-${id}.json`);
  await writeFile(taskFile, JSON.stringify(task));
  const file = path.join(__dirname, 'subjects', program);
  const [command, args] = program.endsWith('.py')
    ? [python, [file, taskFile]]
    : [process.execPath, ['--require=tsx/cjs', file, taskFile]];
  const output = await outputOf(command, args, { ...(asInNotebooks ? kernel.env : {}), ...env });
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(lastLine) as Report;
}

/**
 * @param env what its environment has besides that of this process
 * @returns what the program wrote on stdout
 */
export function outputOf(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else {
        const end = stderr.trimEnd().split('\n').slice(-12).join('\n');
        reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${end}`));
      }
    });
  });
}
