// npm start: all the set-up, then JupyterLab with the workshop's notebooks and kernel. It listens on the loopback
// interface only and asks for a token, which the printed link carries.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot, setUp } from './setup.mjs';

const { env } = process;
await setUp();

const state = path.join(repositoryRoot, '.jupyter');
const token = randomBytes(24).toString('hex');
const firstPage = '/lab/tree/1-prepare-opensearch.ipynb';

let port = await freePort(8888);
let server = launch();
// Ctrl-C, a closed terminal, a stop from outside: the server ends its kernels, then itself, and then this process ends.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) {
  process.on(signal, () => server.kill('SIGTERM'));
}
// Another server may have taken the port in the seconds that ours needed to begin, and even have ended since.
for (let launches = 1; !(await becomesReady()) && server.exitCode === 1; launches++) {
  if (launches > 1 && (await isFree(port))) break;
  port = await freePort(port + 1);
  server = launch();
}
if (hasEnded()) endLikeServer();
server.on('exit', endLikeServer);

const address = codespaceAddress(port) ?? `http://127.0.0.1:${port}`;
const invitation = hasScreen() ? 'It opens in your browser; if not, open this link:' : 'Open this link:';
console.log(`
JupyterLab is ready. ${invitation}

  ${address}${firstPage}?token=${token}

Ctrl-C stops it. OpenSearch keeps running (to stop it: npm run opensearch -- stop).
`);

function launch() {
  const codespace = codespaceAddress(port);
  const child = spawn(
    path.join(repositoryRoot, '.venv', 'bin', 'python'),
    [
      ...['-m', 'jupyterlab', '--ip=127.0.0.1', `--port=${port}`, '--ServerApp.port_retries=0'],
      `--ServerApp.root_dir=${repositoryRoot}`,
      // Whatever one's own configuration says, which for other servers may be right.
      ...['--ServerApp.base_url=/', '--ServerApp.certfile='],
      // `.env` can be opened (File → Open from Path…); the list of files goes on hiding it.
      '--ContentsManager.allow_hidden=True',
      // 150 photos in one cell are more than the 3 MB in 3 s that Jupyter lets through otherwise.
      '--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=1e8',
      ...['--KernelSpecManager.allowed_kernelspecs=tsws', '--MultiKernelManager.default_kernel_name=tsws'],
      ...['--ServerApp.log_level=ERROR', '--LabApp.log_level=ERROR', '--ServerApp.answer_yes=True'],
      ...(hasScreen() ? [`--LabApp.default_url=${firstPage}`] : ['--no-browser']),
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
      ...(codespace === undefined ? [] : allowAddress(codespace)),
    ],
    {
      cwd: repositoryRoot,
      // Else it would get the terminal's own SIGINT and SIGHUP as well, end by them at once, and leave its kernels.
      detached: true,
      stdio: 'inherit',
      env: {
        ...env,
        // Which notebooks are open, and the running kernels' addresses, belong to this folder.
        JUPYTERLAB_WORKSPACES_DIR: env.JUPYTERLAB_WORKSPACES_DIR ?? path.join(state, 'workspaces'),
        JUPYTER_RUNTIME_DIR: env.JUPYTER_RUNTIME_DIR ?? path.join(state, 'runtime'),
        // By the environment, since everybody on the machine can read command lines.
        JUPYTER_TOKEN: token,
        JUPYTER_PATH: withFirst(path.join(repositoryRoot, 'jupyter'), env.JUPYTER_PATH),
        JUPYTER_CONFIG_PATH: withFirst(path.join(repositoryRoot, 'jupyter', 'config'), env.JUPYTER_CONFIG_PATH),
      },
    },
  );
  child.on('error', (error) => {
    console.error(`JupyterLab can't be started: ${error.message}`);
    process.exit(1);
  });
  return child;
}

function hasEnded() {
  return server.exitCode !== null || server.signalCode !== null;
}

function endLikeServer() {
  process.exit(server.exitCode ?? 0);
}

/**
 * The first free port from `first` on, so that the address is the same each time.
 * @param {number} first
 */
async function freePort(first) {
  for (let candidate = first; candidate < first + 100; candidate++) {
    if (await isFree(candidate)) return candidate;
  }
  return first;
}

/** @param {number} candidate */
async function isFree(candidate) {
  const probe = net.createServer();
  /** @type {boolean} */
  const free = await new Promise((resolve) => {
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(candidate, '127.0.0.1', () => {
      resolve(true);
    });
  });
  if (!free) return false;
  probe.close();
  await once(probe, 'close');
  return true;
}

/** Whether a browser that opens here would be seen by anybody. */
function hasScreen() {
  if (env.CODESPACES || env.SSH_CONNECTION || env.SSH_TTY || env.CI) return false;
  return process.platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Where GitHub Codespaces shows a port to the codespace's owner.
 * @param {number} forwarded
 */
function codespaceAddress(forwarded) {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = env;
  return name && domain ? `https://${name}-${forwarded}.${domain}` : undefined;
}

/**
 * Requests come through that address then, which Jupyter otherwise takes for another site's.
 * @param {string} address
 */
function allowAddress(address) {
  const names = ['localhost', '127.0.0.1', new URL(address).hostname];
  return [`--ServerApp.allow_origin=${address}`, ...names.map((name) => `--ServerApp.local_hostnames=${name}`)];
}

/**
 * @param {string} folder
 * @param {string | undefined} list
 */
function withFirst(folder, list) {
  return list ? `${folder}${path.delimiter}${list}` : folder;
}

/**
 * Waits until the server answers to our token; false if it ended instead.
 * @returns {Promise<boolean>}
 */
async function becomesReady() {
  const headers = { authorization: `token ${token}` };
  const begin = performance.now();
  for (let told = false; !hasEnded();) {
    if (!told && performance.now() - begin > 60_000) {
      told = true;
      console.error(
        'JupyterLab runs, but does not accept its link after 60 s: look for a token or an address in ' +
          '~/.jupyter/jupyter_server_config.py or .json, which take precedence.',
      );
    }
    const request = http.get({
      host: '127.0.0.1',
      port,
      path: '/api/status',
      headers,
      agent: false,
    });
    /** @type {number | undefined} */
    const status = await new Promise((resolve) => {
      request.on('error', () => {
        resolve(0);
      });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    if (status === 200) return true;
    await sleep(100);
  }
  return false;
}
