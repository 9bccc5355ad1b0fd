import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkshopError } from '../errors';
import { askNode } from './ask-node';
import type { LaunchedNode } from './launch';
import { isNodeProcess } from './node-process';
import { writeNodeRecord } from './node-record';
import type { LocalOpenSearchPaths } from './paths';
import { runningNode, type LocalNode } from './status';
import { explainEnd } from './why-it-ended';

const patienceSeconds = 180;

/**
 * Waits until the node has its indices back and answers, and writes its address down.
 *
 * @param onWait told the seconds waited so far, once a second
 * @throws WorkshopError if the node ends, or is not ready after 180 s
 */
export async function waitUntilReady(
  paths: LocalOpenSearchPaths,
  node: LaunchedNode,
  onWait?: (seconds: number) => void,
): Promise<LocalNode> {
  const startedAt = performance.now();
  for (let [told, unseen] = [0, 0]; ;) {
    const url = readAddress(paths);
    if (url !== undefined && (await isReady(url))) {
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

/** Yellow is as good as it gets: one node can't hold the replicas that indices have by default. */
async function isReady(url: string): Promise<boolean> {
  const answer = await askNode(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, 5_000);
  return answer?.status === 200;
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

function tooSlow(paths: LocalOpenSearchPaths, node: LaunchedNode): WorkshopError {
  return new WorkshopError(
    `OpenSearch (process ${node.pid}) is not ready after ${patienceSeconds} s. On a very slow machine, run this again: ` +
      `it goes on starting. Else look into its log, ${paths.log}, or start it anew: \`npm run opensearch -- stop\`, then run this again.`,
  );
}
