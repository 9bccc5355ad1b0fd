import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhotoSearchError } from '../lib/errors';
import { askNode } from './ask-node';
import type { LaunchedNode } from './launch';
import { isNodeProcess, writeNodeRecord } from './node-record';
import type { LocalOpenSearchPaths } from './paths';
import { runningNode, type LocalNode } from './status';
import { explainEnd } from './why-it-ended';

const patienceSeconds = 180;

/**
 * Waits until the node has its indices back, except those that it can't open (broken-indexes.ts), and answers; and
 * writes its address down.
 *
 * @param onWait told the seconds waited so far, once a second
 * @throws PhotoSearchError if the node ends, or is not ready after 180 s
 */
export async function waitUntilReady(
  paths: LocalOpenSearchPaths,
  node: LaunchedNode,
  onWait?: (seconds: number) => void,
): Promise<LocalNode> {
  const startedAt = performance.now();
  for (let [told, unseen, settled] = [0, 0, 0]; ;) {
    const url = readAddress(paths);
    const health = url === undefined ? 'none' : await askHealth(url);
    settled = health === 'settled' ? settled + 1 : 0;
    // Nothing moves for a moment between two attempts at opening an index, either.
    if (url !== undefined && (health === 'ready' || settled >= 3)) {
      writeNodeRecord(paths, { pid: node.pid, url });
      return runningNode(paths, node.pid, url);
    }
    // For a moment, while one program takes another's place (`exec`), a process shows no command line.
    unseen = isNodeProcess(node.pid, paths) ? 0 : unseen + 1;
    if (node.ended !== undefined || unseen > 10) throw explainEnd(paths, node);
    const seconds = Math.floor((performance.now() - startedAt) / 1000);
    if (seconds >= patienceSeconds) throw tooSlow(paths, node);
    if (seconds > told) onWait?.((told = seconds));
    await sleep(50);
  }
}

/**
 * 'ready': every index is open (yellow is as good as it gets: one node can't hold the replicas that indices have by
 * default). 'settled': the node is not opening any more of them, and some are not open.
 */
async function askHealth(url: string): Promise<'ready' | 'settled' | 'none'> {
  const answer = await askNode(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, 5_000);
  if (answer?.status === 200) return 'ready';
  const { status, ...counts } = (answer?.body ?? {}) as {
    status?: unknown;
    initializing_shards?: number;
    number_of_pending_tasks?: number;
    number_of_in_flight_fetch?: number;
  };
  const still =
    counts.initializing_shards === 0 && counts.number_of_pending_tasks === 0 && counts.number_of_in_flight_fetch === 0;
  return status === 'red' && still ? 'settled' : 'none';
}

/** The server writes the file in one go when it listens. */
function readAddress(paths: LocalOpenSearchPaths): string | undefined {
  try {
    const address = readFileSync(paths.address, 'utf8').trim();
    return address === '' ? undefined : `http://${address}`;
  } catch {
    return undefined;
  }
}

function tooSlow(paths: LocalOpenSearchPaths, node: LaunchedNode): PhotoSearchError {
  return new PhotoSearchError(
    `OpenSearch (process ${node.pid}) is not ready after ${patienceSeconds} s. On a very slow machine, run this again: ` +
      `it continues to start. Otherwise look at its log, ${paths.log}, or restart it: \`npm run opensearch -- stop\`, then run this again.`,
  );
}
