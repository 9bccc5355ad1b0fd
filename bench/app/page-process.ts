import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** The page's server in a process of its own. */
export interface PageProcess {
  url: string;
  /** Its memory, in MB; NaN where the system does not tell. */
  memory: () => Promise<number>;
  close: () => Promise<void>;
}

export async function startPageProcess(index: string, serviceUri: string): Promise<PageProcess> {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'workshop-page-'));
  const child = fork(path.join(__dirname, 'server-process.ts'), [index, stateDir], {
    execArgv: ['--import=tsx'],
    env: {
      ...process.env,
      ...{ SERVICE_URI: serviceUri, CLIP_MODEL: 'built-in' },
      MALLOC_TRIM_THRESHOLD_: '131072', // as npm run app sets it
    },
  });
  const [port] = (await Promise.race([once(child, 'message'), ended(child)])) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async memory() {
      const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
    },
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(stateDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The page's server ended by itself (${code ?? 'killed'}).`);
}
