import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/**
 * Runs TypeScript statements in a process of their own; files of the repository are imported as '@/…'. Or another
 * program of Node's.
 */
export function startProcess(
  code: string,
  { program, cwd = root, env = {} }: { program?: string[]; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): { child: ChildProcess; ended: Promise<string> } {
  const statements = ['--require=tsx/cjs', '--input-type=commonjs', '--eval', code.replaceAll('@/', `${root}/`)];
  const child = spawn(process.execPath, program ?? statements, {
    ...{ cwd, env: { ...process.env, ...env } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(`${output}[${code ?? signal ?? ''}]`));
  });
  return { child, ended };
}
