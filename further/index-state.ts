import type { Client } from '@opensearch-project/opensearch';
import { readIndexInfo } from '../lib/index-model';

/**
 * A text, good as a file's name, that is another one once a photo of `index` was added, replaced or removed, or the index
 * was made again. It takes one look, however many photos there are: OpenSearch numbers each change of a shard, and keeps
 * the last change's number with each document (`_seq_no`), so that their sum differs.
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
