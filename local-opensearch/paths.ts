import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { version as serverVersion } from './server.json';

export { serverVersion };

/** Where set-up unpacks the server, and where its data goes by default. */
const defaultFolder = path.join(path.resolve(__dirname, '..'), '.opensearch');

export interface LocalOpenSearchPaths {
  /** Holds everything below. */
  folder: string;
  /** The unpacked server with its plugins: only read from. */
  server: string;
  /** All that a running node writes; private to the user. */
  node: string;
  configuration: string;
  data: string;
  logs: string;
  temporary: string;
  /** The server's own log. */
  log: string;
  /** What Java itself prints, such as why it can't start. */
  console: string;
  /** Where the server writes the address it listens on. */
  address: string;
  /** Process id and address of the node, see node-record.ts. */
  record: string;
  /** Held by the process that starts the node. */
  startLock: string;
  /** OpenSearch's name for the cluster, of this folder and no other: tells our node from any other server. */
  clusterName: string;
}

/**
 * @param folder an existing folder, or one to be made
 * @param server the unpacked server, where it is not in `folder`
 */
export function localOpenSearchPaths(folder: string = defaultFolder, server?: string): LocalOpenSearchPaths {
  const real = existsSync(folder) ? realpathSync(folder) : path.resolve(folder);
  const node = path.join(real, 'node');
  const logs = path.join(node, 'logs');
  return {
    folder: real,
    server: server ?? path.join(real, `server-${serverVersion}`),
    node,
    configuration: path.join(node, 'conf'),
    data: path.join(node, 'data'),
    logs,
    temporary: path.join(node, 'tmp'),
    log: path.join(logs, 'opensearch.log'),
    console: path.join(logs, 'console.log'),
    address: path.join(logs, 'http.ports'),
    record: path.join(node, 'node.json'),
    startLock: path.join(real, 'start.lock'),
    clusterName: `workshop-${createHash('sha256').update(real).digest('hex').slice(0, 12)}`,
  };
}
