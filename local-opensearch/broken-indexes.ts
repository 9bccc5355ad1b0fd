import { askNode } from './ask-node';

/** An index that can neither be searched nor written to; the others are not affected. */
interface BrokenIndex {
  index: string;
  /** A sentence: what is wrong, and what to do. */
  message: string;
}

interface Shard {
  index: string;
  prirep: 'p' | 'r';
  state: string;
  'unassigned.details': string | null;
}

/**
 * The indexes that a node could not open, or has lost since; none while it is still opening them.
 * @param url address of the node, such as "http://127.0.0.1:43301"
 */
export async function brokenIndexes(url: string): Promise<BrokenIndex[]> {
  const answer = await askNode(`${url}/_cat/shards?format=json&h=index,prirep,state,unassigned.details`, 10_000);
  if (answer?.status !== 200) return [];
  const shards = answer.body as Shard[];
  const broken = shards.filter(({ prirep, state }) => prirep === 'p' && state === 'UNASSIGNED');
  return broken
    .filter(({ index }, place) => broken.findIndex((other) => other.index === index) === place)
    .map((shard) => ({
      index: shard.index,
      message:
        `Index '${shard.index}' can't be opened: ${reason(shard['unassigned.details'] ?? '')} ` +
        `Its files are kept until you delete it; to move them aside: npm run opensearch -- set-aside ${shard.index}`,
    }));
}

/** @param details what the server says about its last attempt */
function reason(details: string): string {
  if (/no native code/.test(details)) {
    return (
      "it has a knn_vector field without engine: 'lucene', for which this OpenSearch lacks the native code. " +
      "Make it again with engine: 'lucene'."
    );
  }
  const [, failure] = /failure (.*)$/s.exec(details) ?? [];
  if (failure === undefined) return 'its files are no longer there.';
  const damaged = /Corrupt|EOFException|NoSuchFile|FileNotFound|IndexFormatTooOld|checksum/i;
  const [innermost = failure] = failure.split('; nested: ').slice(-1);
  const said = innermost.replace(/\s+/g, ' ').trim().slice(0, 200);
  return damaged.test(failure) ? `its files are damaged (${said}).` : `${said}.`;
}
