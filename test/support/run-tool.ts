import { execFile, type ChildProcess, type ExecFileOptions } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

interface Ended {
  /** Its exit code, or the signal that ended it. */
  code: unknown;
  stdout: string;
  stderr: string;
}

interface Options extends ExecFileOptions {
  /** Done while it runs. */
  meanwhile?: (child: ChildProcess) => void | Promise<void>;
}

/** Runs a program to its end, in the repository unless told otherwise; `env` is added to this process's own. */
export function runToEnd(program: string, args: string[], { env, meanwhile, ...options }: Options = {}) {
  return new Promise<Ended>((resolve, reject) => {
    const all = { cwd: root, maxBuffer: 1e8, ...options, env: { ...process.env, ...env } };
    const child = execFile(program, args, all, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout: String(stdout), stderr: String(stderr) });
    });
    Promise.resolve(meanwhile?.(child)).catch(reject);
  });
}

/** Runs a TypeScript file of the repository. */
export function runFile(file: string, args: string[], options: Options = {}): Promise<Ended> {
  return runToEnd(process.execPath, ['--require=tsx/cjs', path.join(root, file), ...args], options);
}

/** Runs `tools/NAME.ts`, as `npm run NAME` does. */
export function runTool(name: string, args: string[], options: Options = {}): Promise<Ended> {
  return runFile(`tools/${name}.ts`, args, options);
}
