import type { Client } from '@opensearch-project/opensearch';
import type { AvailableDisk } from '../console/explain-index';
import type { IndexSize } from '../lib/opensearch/plan-index';
import type { Settings } from './settings';

/**
 * What the cluster behind `client` has for an index, for `photoIndexBody` and `planIndex`: its version, its nodes that
 * hold data, their memory beside Java's heap, and their free disk. What a managed cluster does not tell is left out.
 * No request tells whether the native libraries are there; the workshop's own server lacks them.
 */
export async function readCluster(
  client: Client,
  { serviceUri }: Pick<Settings, 'serviceUri'>,
): Promise<Omit<IndexSize, 'photos'> & AvailableDisk> {
  const [info, stats] = await Promise.all([
    client.info(),
    client.nodes.stats({ metric: ['os', 'fs', 'jvm'] }).catch(() => undefined),
  ]);
  const data = Object.values(stats?.body.nodes ?? {}).filter(({ roles }) => roles?.includes('data'));
  const sum = (value: (node: (typeof data)[number]) => unknown): number | undefined => {
    const total = data.reduce<number>((bytes, node) => bytes + Number(value(node)), 0);
    return total > 0 ? total : undefined;
  };
  return {
    version: info.body.version.number,
    nodes: data.length > 0 ? data.length : undefined,
    availableMemory: sum(({ os, jvm }) => Number(os?.mem?.total_in_bytes) - Number(jvm?.mem?.heap_max_in_bytes)),
    availableDisk: sum(({ fs }) => fs?.total?.available_in_bytes),
    native: serviceUri !== undefined,
  };
}
