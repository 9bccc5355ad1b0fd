// postStartCommand: what runs whenever the container does: JupyterLab, and an OpenSearch. A failure is reported, and
// doesn't keep the container from opening: the notebooks start OpenSearch themselves, and `npm start` starts JupyterLab.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings, repositoryRoot } from '../workshop/settings';

/** Starts JupyterLab in a session of its own, since what a life-cycle command leaves behind is ended with it. */
function startJupyterLab(): void {
  const logFile = path.join(os.tmpdir(), 'jupyterlab.log');
  const log = openSync(logFile, 'a', 0o600);
  // A server that was ended with the container is still listed there: it seems to run if its process id is taken again.
  const runtime = path.join(repositoryRoot, '.jupyter', 'runtime');
  const files = existsSync(runtime) ? readdirSync(runtime) : [];
  for (const file of files) if (file.startsWith('jpserver-')) rmSync(path.join(runtime, file));
  spawn(process.execPath, ['tools/start.mjs'], {
    cwd: repositoryRoot,
    detached: true,
    stdio: ['ignore', log, log],
  }).unref();
  console.log(`JupyterLab is starting; it writes to ${logFile}.`);
}

async function startOpenSearch(): Promise<void> {
  const client = await connectOpenSearch(readSettings(), { patienceMs: 60_000 });
  console.log(client);
  await client.close();
}

startJupyterLab();
startOpenSearch().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
});
