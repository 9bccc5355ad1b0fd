// npm test: all the set-up, then every test. `npm test -- grid upload` runs the files with these words in their names.
import { spawn } from 'node:child_process';
import { repositoryRoot, setUp } from './setup.mjs';

await setUp();
const args = ['--require=tsx/cjs', 'test/run-all.ts', ...process.argv.slice(2)];
const tests = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: 'inherit' });
tests.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
