// postAttachCommand: says where everything is, in the terminal that opens with the container.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codespaceAddress } from '../tools/codespace-address.mjs';

const root = path.resolve(__dirname, '..');
const firstNotebook = '1-prepare-opensearch.ipynb';

interface JupyterServer {
  port: number;
  token: string;
  root_dir: string;
}

/** The address under which a browser reaches a port of this container. */
function forwarded(port: number): string {
  return codespaceAddress(port)?.origin ?? `http://127.0.0.1:${port}`;
}

async function findJupyterLab(): Promise<JupyterServer | undefined> {
  const jupyter = path.join(root, '.venv', 'bin', 'jupyter');
  // tools/start.mjs keeps the list of servers there.
  const JUPYTER_RUNTIME_DIR = process.env.JUPYTER_RUNTIME_DIR ?? path.join(root, '.jupyter', 'runtime');
  const env = { ...process.env, JUPYTER_RUNTIME_DIR };
  const { stdout } = await promisify(execFile)(jupyter, ['server', 'list', '--json'], { env });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JupyterServer)
    .find(({ root_dir }) => path.resolve(root_dir) === root);
}

/** The link with the token, as soon as the server that start-services.ts started is there: a minute at most. */
async function jupyterLabLink(): Promise<string> {
  for (let seconds = 0; seconds < 60; seconds++) {
    const server = await findJupyterLab().catch(() => undefined);
    if (server) {
      return `${forwarded(server.port)}/lab/tree/${firstNotebook}?token=${server.token}`;
    }
    await sleep(1000);
  }
  return 'it is not running: npm start';
}

async function main(): Promise<void> {
  const dashboards = process.argv.includes('--dashboards') ? forwarded(5601) : undefined;
  console.log(`
The workshop is ready. Your settings are in .env.

In VS Code     open ${firstNotebook}, then "Select Kernel", "Jupyter Kernel…", "TypeScript (workshop)"
In JupyterLab  ${await jupyterLabLink()}${dashboards ? `\nDashboards     ${dashboards}` : ''}
`);
}

void main();
