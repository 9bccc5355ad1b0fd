import { floorSegment, planIndex, type IndexSize } from '../lib/opensearch/plan-index';
import { formatBytes } from './units';
import { textTable } from './text-table';

export interface AvailableDisk {
  /** Bytes of all data nodes' free disk, if known. */
  availableDisk?: number | undefined;
}

/** What `planIndex` chooses for an index, as a table of text: each setting, its value, and why; then what it takes. */
export function explainIndex(dimension: number, size: IndexSize & AvailableDisk): string {
  const { photos, nodes, availableMemory = Infinity, availableDisk = Infinity } = size;
  const plan = planIndex(dimension, size);
  const onDisk = plan.mode === 'disk';
  const choices: [setting: string, value: string, why: string][] = [
    [
      'number_of_shards',
      String(plan.shards),
      'at most 30 GB each, for quick searches (OpenSearch: 10 to 30 GiB); beyond a million photos, as many on each node',
    ],
    [
      'number_of_replicas',
      String(plan.replicas ?? "OpenSearch's default"),
      nodes === 1
        ? 'one node could not hold a second copy'
        : 'a second copy survives the loss of a node and answers half of the searches' +
          (nodes === undefined ? '; how many nodes could hold one is not known' : ''),
    ],
    [
      'm, ef_construction',
      `${plan.m}, ${plan.efConstruction}`,
      "OpenSearch's defaults: recall@10 above 0.99 up to 500,000; twice that beyond 10 million, not measured here",
    ],
    [
      'engine',
      onDisk ? 'faiss, on_disk 32x' : 'lucene',
      onDisk
        ? 'whole vectors do not fit into memory, but one bit of each number does; candidates are compared with the whole vectors on disk (OpenSearch from 2.17)'
        : 'whole vectors: no loss; lucene filters while it searches, and needs no native libraries',
    ],
    ['floor_segment', floorSegment, 'a search looks into the graph of each segment, so smaller ones are merged early'],
    [
      'refresh_interval',
      plan.refreshInterval ?? '1s',
      'each refresh makes a segment with its own graph, so a large upload refreshes less often (and once at its end)',
    ],
  ];
  const copies = plan.replicas === 0 ? '1 copy' : '2 copies';
  const lack = (what: string, needed: number, have: number, where: string) =>
    needed > have
      ? [
          `they need ${formatBytes(needed)} of ${what} in ${copies}, and the nodes have ${formatBytes(have)} of ${where}`,
        ]
      : [];
  const lacks = [
    ...lack('memory', plan.neededMemory, availableMemory, 'memory besides their Java heap'),
    ...lack('disk', plan.neededDisk, availableDisk, 'free disk'),
  ].join('; ');
  return [
    textTable(choices),
    `It takes about ${formatBytes(plan.neededMemory)} of memory and ${formatBytes(plan.neededDisk)} of disk (estimates).`,
    ...(lacks ? [`${photos.toLocaleString('en')} photos will not fit: ${lacks}. Add nodes, or use larger ones.`] : []),
  ].join('\n');
}
