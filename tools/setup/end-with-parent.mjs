// Runs the program named by the arguments, and kills it with all that it started as soon as the parent of this
// process is gone: then the pipe to stdin closes, whatever the parent died of.
import { spawn } from 'node:child_process';

const [program = '', ...rest] = process.argv.slice(2);
const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

function end() {
  // The child leads a process group of its own.
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  process.exit(1);
}
process.stdin.on('end', end).on('error', end).resume();
process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);

child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => {
  process.exit(code ?? 1);
});
