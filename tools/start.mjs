// npm start: all the set-up, then JupyterLab with the workshop's notebooks and kernel. It listens on the loopback
// interface only and asks for a token, which the printed link carries.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codespaceAddress } from './codespace-address.mjs';
import { repositoryRoot, setUp } from './setup.mjs';

const { env } = process;
await setUp();

const state = path.join(repositoryRoot, '.jupyter');
const runtime = env.JUPYTER_RUNTIME_DIR || path.join(state, 'runtime');
/** Jupyter takes this one or, where it is taken, one of the next four, then any near. */
const firstPort = 8888;
const firstPage = '/lab/tree/1-prepare-opensearch.ipynb';

let server = launch();
// Ctrl-C, a closed terminal, a stop from outside: the server ends its kernels, then itself, and then this process ends.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) {
  process.on(signal, () => server.kill('SIGTERM'));
}
const slow = setTimeout(() => {
  console.error(`JupyterLab has not answered for a minute. How to reach it should be written in ${runtime}.`);
}, 60_000);
let running = await becomesReady();
// Jupyter looks for a free port, and takes it seconds later: another server may have been quicker.
if (!running && server.exitCode === 1) {
  server = launch();
  running = await becomesReady();
}
clearTimeout(slow);
if (!running) process.exit(server.exitCode ?? 0);
server.on('exit', (code) => process.exit(code ?? 0));

const address = codespaceAddress(running.port)?.origin ?? `http://127.0.0.1:${running.port}`;
const invitation = hasScreen() ? 'It opens in your browser; if not, open this link:' : 'Open this link:';
console.log(`
JupyterLab is ready. ${invitation}

  ${address}${firstPage}?token=${running.token}

Ctrl-C stops it. An OpenSearch that a notebook has started keeps running (to stop it: npm run opensearch -- stop).
`);

function launch() {
  const child = spawn(
    path.join(repositoryRoot, '.venv', 'bin', 'python'),
    [
      ...['-m', 'jupyterlab', '--ip=127.0.0.1', `--port=${firstPort}`],
      `--ServerApp.root_dir=${repositoryRoot}`,
      // Whatever the user's own configuration says, which may be right for other servers.
      ...['--ServerApp.base_url=/', '--ServerApp.certfile='],
      // `.env` can be opened (File → Open from Path…); the list of files goes on hiding it.
      '--ContentsManager.allow_hidden=True',
      // 150 photos in one cell are more than the 3 MB in 3 s that Jupyter lets through otherwise.
      '--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=1e8',
      ...['--KernelSpecManager.allowed_kernelspecs=tsws', '--MultiKernelManager.default_kernel_name=tsws'],
      ...['--ServerApp.log_level=ERROR', '--LabApp.log_level=ERROR', '--ServerApp.answer_yes=True'],
      ...(hasScreen() ? [`--LabApp.default_url=${firstPage}`] : ['--no-browser']),
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
      ...allowedAddresses(),
    ],
    {
      cwd: repositoryRoot,
      // Otherwise it would get the terminal's SIGINT and SIGHUP too, end at once, and leave its kernels.
      detached: true,
      stdio: 'inherit',
      env: {
        ...env,
        // Which notebooks are open, and the running kernels' addresses, belong to this folder.
        JUPYTERLAB_WORKSPACES_DIR: env.JUPYTERLAB_WORKSPACES_DIR ?? path.join(state, 'workspaces'),
        JUPYTER_RUNTIME_DIR: runtime,
        // By the environment, since everybody on the machine can read command lines.
        JUPYTER_TOKEN: randomBytes(24).toString('hex'),
        JUPYTER_PATH: withFirst(path.join(repositoryRoot, 'jupyter'), env.JUPYTER_PATH),
        JUPYTER_CONFIG_PATH: withFirst(path.join(repositoryRoot, 'jupyter', 'config'), env.JUPYTER_CONFIG_PATH),
      },
    },
  );
  rmSync(infoFile(child), { force: true }); // of one that was killed, whose id this one has
  child.on('error', (error) => {
    console.error(`JupyterLab can't be started: ${error.message}`);
    process.exit(1);
  });
  return child;
}

/** Whether anybody would see a browser that opens here. */
function hasScreen() {
  if (env.CODESPACES || env.SSH_CONNECTION || env.SSH_TTY || env.CI) return false;
  return process.platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Requests come through that address then, which Jupyter otherwise takes for another site's. */
function allowedAddresses() {
  const ports = Array.from({ length: 5 }, (_, at) => firstPort + at);
  const hosts = ports.flatMap((port) => codespaceAddress(port)?.hostname ?? []);
  if (hosts.length === 0) return [];
  const names = ['localhost', '127.0.0.1', ...hosts].map((name) => `--ServerApp.local_hostnames=${name}`);
  return [...names, `--ServerApp.allow_origin_pat=https://(${hosts.join('|').replaceAll('.', '\\.')})$`];
}

/**
 * @param {string} folder
 * @param {string | undefined} list
 */
function withFirst(folder, list) {
  return list ? `${folder}${path.delimiter}${list}` : folder;
}

/**
 * Waits until the server has written down how to reach it, and answers there to its token: ours, or that of one's own
 * configuration, which takes precedence.
 *
 * @returns {Promise<{ port: number, token: string } | undefined>} undefined if it ended instead
 */
async function becomesReady() {
  while (server.exitCode === null && server.signalCode === null) {
    await sleep(100);
    const running = readInfo();
    if (!running) continue;
    const { port, token } = running;
    const headers = { authorization: `token ${token}` };
    /** @type {number | undefined} */
    const status = await new Promise((resolve) => {
      const request = http.get({ host: '127.0.0.1', port, path: '/api/status', headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', () => {
        resolve(0);
      });
    });
    if (status === 200 || (status && token === '')) return running; // without a token, it asks for a password
  }
  return undefined;
}

/** @returns {{ port: number, token: string } | undefined} undefined if it is not there yet, or not whole */
function readInfo() {
  try {
    return /** @type {{ port: number, token: string }} */ (JSON.parse(readFileSync(infoFile(server), 'utf8')));
  } catch {
    return undefined;
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function infoFile({ pid }) {
  return path.join(runtime, `jpserver-${pid}.json`);
}
