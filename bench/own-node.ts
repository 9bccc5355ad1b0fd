import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readLiveNode } from '../local-opensearch/node-record';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import { startLocalOpenSearch, type LocalNode } from '../local-opensearch/start';
import { atExit } from './at-exit';

/** An OpenSearch of a benchmark's own. */
interface OwnNode extends LocalNode {
  /** Ends it, and deletes what it has written. */
  close: () => void;
}

/** Starts an empty OpenSearch. It would outlive this process: where `close` was not called, it ends at its exit. */
export async function startOwnNode(javaOptions: string[] = []): Promise<OwnNode> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop-bench-'));
  const close = atExit(() => {
    const node = readLiveNode(localOpenSearchPaths(folder));
    if (node) process.kill(node.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const { server } = localOpenSearchPaths();
  return { ...(await startLocalOpenSearch({ folder, server, javaOptions })), close };
}
