import type { Client } from '@opensearch-project/opensearch';
import { readIndexInfo } from '../lib/opensearch/index-info';

/**
 * A string, usable as a file name, that changes whenever a photo is added, replaced or removed, or the index is
 * recreated. It costs the same, however many photos there are: OpenSearch numbers the changes of each shard, and keeps
 * the number of the last one with each document (`_seq_no`), so their sum differs.
 */
export async function indexState(client: Client, index: string): Promise<string> {
  const aggs = { changes: { stats: { field: '_seq_no' } } };
  const [info, { body }] = await Promise.all([
    readIndexInfo(client, index),
    client.search({ index, body: { size: 0, aggs } }),
  ]);
  const { count, sum } = body.aggregations?.changes as { count: number; sum: number };
  return `${info?.settings['index.uuid'] ?? ''}-${count}-${sum}`;
}
