import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { atExit } from '../at-exit';
import { residentMb } from '../process-figures';

/** The page's server in a process of its own. */
interface PageProcess {
  url: string;
  pid: number;
  /** Its memory, in MB; NaN where the system does not tell. */
  memory: () => number;
  close: () => Promise<void>;
}

/**
 * @param options.model the index's
 * @param options.folder for what it writes, temporary files among it
 */
export async function startPageProcess(
  index: string,
  serviceUri: string,
  { model = 'built-in', folder = os.tmpdir() } = {},
): Promise<PageProcess> {
  const stateDir = await mkdtemp(path.join(folder, 'workshop-page-'));
  const child = fork(path.join(__dirname, 'server-process.ts'), [index, stateDir], {
    execArgv: ['--require=tsx/cjs'],
    env: {
      ...process.env,
      ...{ SERVICE_URI: serviceUri, CLIP_MODEL: model },
      TMPDIR: folder,
      MALLOC_TRIM_THRESHOLD_: '131072', // as npm run app sets it
    },
  });
  const { pid = 0 } = child;
  const end = atExit(() => {
    child.kill('SIGKILL');
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 10 });
  });
  const [port] = (await Promise.race([once(child, 'message'), ended(child)])) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    memory: () => residentMb(pid),
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      end();
    },
  };
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The page's server ended by itself (${code ?? 'killed'}).`);
}
