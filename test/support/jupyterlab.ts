import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './run-notebooks';

export type JupyterLab = Awaited<ReturnType<typeof startJupyterLab>>;

const startSeconds = 150;

/**
 * Starts JupyterLab by the script behind `npm start`. Its settings, workspaces, and the list of trusted
 * notebooks are in a temporary folder: a test neither sees nor changes those of the person who runs it.
 *
 * @param env settings of the workshop, for the kernels
 * @param options.ownTerminal whether signals from its terminal are to reach it and not the test
 * @returns its `url` without the token, and `printed`, which tells all that it has printed so far
 */
export async function startJupyterLab(env: NodeJS.ProcessEnv, { ownTerminal = false } = {}) {
  const home = await mkdtemp(path.join(tmpdir(), 'workshop-jupyter-'));
  const server = spawn(process.execPath, [path.join(root, 'tools', 'start.mjs')], {
    cwd: root,
    detached: ownTerminal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CI: '1', // opens no browser of its own
      JUPYTER_CONFIG_DIR: path.join(home, 'config'),
      JUPYTERLAB_SETTINGS_DIR: path.join(home, 'settings'),
      JUPYTERLAB_WORKSPACES_DIR: path.join(home, 'workspaces'),
      JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
      JUPYTER_DATA_DIR: path.join(home, 'data'),
      ...env,
    },
  });
  const exited = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await exited;
    await rm(home, { recursive: true, force: true });
  };
  /**
   * What its terminal sends to its process group: SIGHUP when it is closed, SIGINT for Ctrl-C. Only if it has a terminal
   * of its own. Waits until it has ended.
   */
  const fromTerminal = async (signal: 'SIGHUP' | 'SIGINT') => {
    if (!ownTerminal || server.pid === undefined) throw new Error('it has no terminal of its own');
    process.kill(-server.pid, signal);
    await exited;
  };
  let printed = '';
  const timer = setTimeout(() => server.kill('SIGTERM'), startSeconds * 1000);
  const link = await new Promise<URL>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const [address] = /http:\/\/127\.0\.0\.1:\d+\/lab\S*\?token=\w+/.exec(printed) ?? [];
      if (address !== undefined) resolve(new URL(address));
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', (code) => {
      reject(new Error(`JupyterLab ended with ${code ?? `no link after ${startSeconds} s`}:\n${printed}`));
    });
  });
  clearTimeout(timer);
  return { url: link.origin, token: link.searchParams.get('token') ?? '', printed: () => printed, stop, fromTerminal };
}
