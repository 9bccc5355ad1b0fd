// npm run app: all the set-up, then the page in app/. It listens on the loopback interface unless told otherwise.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot, setUp } from './setup.mjs';

await setUp();

const server = spawn(
  process.execPath,
  ['--require=tsx/cjs', path.join(repositoryRoot, 'tools', 'app.ts'), ...process.argv.slice(2)],
  {
    cwd: repositoryRoot,
    stdio: 'inherit',
    // Else the C library keeps the memory that was needed for reading the model's weights.
    env: { ...process.env, MALLOC_TRIM_THRESHOLD_: '131072' },
  },
);
// The terminal's own Ctrl-C reaches the server by itself.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGHUP', 'SIGTERM']) process.on(signal, () => server.kill('SIGTERM'));
server.on('exit', (code) => process.exit(code ?? 0));
