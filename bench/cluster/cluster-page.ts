import { markdownTable } from '../markdown';
import type { SteadySearches } from './steady-searches';

/** What is in an index: whether anything was lost. */
export interface Content {
  documents: number;
  recall10: number;
}

/** Searches in a cluster of so many nodes. */
export interface GrownCluster {
  nodes: number;
  clients: number;
  p50_ms: number;
  p99_ms: number;
  per_second: number;
  /** Processor time of all nodes for a search. */
  cpu_ms: number;
  recall10: number;
}

/** What `npx tsx bench/cluster.ts` has found. */
export interface ClusterResults {
  command: string;
  date: string;
  machine: Record<string, string>;
  loadBefore: number;
  /** Searches a second while something happened. */
  rate: number;
  before: Content;
  happened: (SteadySearches & Content & { event: string })[];
  restored: Content & { seconds: number };
  grown: GrownCluster[];
}

/** The part of docs/scaling.md about clusters, in Markdown. */
export function clusterTables(results: ClusterResults): string {
  const { command, date, machine, loadBefore, rate, before, happened, restored, grown } = results;
  const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  const count = (value: number) => value.toLocaleString('en');
  return [
    '## A cluster\n',
    `\`${command}\`, ${date}: ${Object.values(machine).join('; ')}; load of the machine before it began ${loadBefore.toFixed(1)}. ` +
      `Three nodes on this one machine, ${count(before.documents)} made-up photos, three shards with a replica each, ` +
      `${rate} searches a second by the workshop's own client, which retries temporary errors. _Measured:_\n`,
    markdownTable(
      [
        'what happens',
        'seconds',
        'searches',
        'errors',
        'lacking a shard',
        'p50 ms',
        'p99 ms',
        'longest ms',
        'photos after',
        'recall@10',
      ],
      happened.map((event) => [
        event.event,
        event.seconds.toFixed(0),
        ...[event.searches, event.errors, event.partial].map(count),
        ...[event.p50_ms, event.p99_ms, event.longest_ms].map(ms),
        count(event.documents),
        event.recall10.toFixed(3),
      ]),
    ),
    `The snapshot was restored into an empty cluster in ${restored.seconds.toFixed(0)} s: ${count(restored.documents)} photos, ` +
      `recall@10 ${restored.recall10.toFixed(3)} (${before.recall10.toFixed(3)} before all this).\n`,
    "What a node adds: the same photos in one shard, with a copy on each node, merged. All nodes share this machine's two " +
      "cores, so searches a second can't grow here (_measured_). The last column estimates nodes with two cores of their " +
      'own (_computed_: 2,000 ms of processor time per second and node, divided by what a search takes). The estimate is ' +
      'cautious: Java compiles as it runs, and three nodes share the searches of a run: each has compiled less by its end.\n',
    markdownTable(
      [
        'nodes',
        'clients',
        'p50 ms',
        'p99 ms',
        'searches/s',
        'processor ms a search',
        'recall@10',
        'searches/s on machines of their own',
      ],
      grown.map(({ nodes, clients, p50_ms, p99_ms, per_second, cpu_ms, recall10 }) => [
        ...[nodes, clients].map(String),
        ...[p50_ms, p99_ms].map(ms),
        per_second.toFixed(0),
        ms(cpu_ms),
        recall10.toFixed(3),
        // One client waits for one node at a time, however many there are.
        clients === 1 ? '–' : ((2000 * nodes) / cpu_ms).toFixed(0),
      ]),
    ),
    'A search asks one copy of every shard. More copies, and nodes to hold them, allow more searches a second. More shards ' +
      'make room, and let all nodes build graphs at once, but each search costs more.',
  ].join('\n');
}
