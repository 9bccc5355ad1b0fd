import { examineCluster } from './cluster';
import type { Finding } from './finding.mjs';
import { examineHub, examineIndex, examineModelCache } from './index-and-model';
import { examineNetwork } from './network';
import { examineSettings } from './settings';

/** What can be looked at once the packages are there, each finding as soon as it is known. */
export async function* examineAll(root: string, env: NodeJS.ProcessEnv = process.env): AsyncGenerator<Finding> {
  const { findings, settings } = await examineSettings(root, env);
  yield* findings;
  if (!settings) return;
  yield await examineModelCache(settings);
  yield await examineHub(settings);
  if (settings.serviceUri !== undefined) {
    const network = await examineNetwork(settings.serviceUri, settings);
    yield* network;
    // Of several nodes one is enough to go on.
    if (!network.some(({ what, state }) => what !== 'Name' && state !== 'wrong')) return;
  }
  const { findings: cluster, client } = await examineCluster(settings);
  yield* cluster;
  if (!client) return;
  yield await examineIndex(client, settings);
  await client.close();
}
