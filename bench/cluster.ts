// npx tsx bench/cluster.ts: what happens to searches while nodes come and go; bench/results-cluster.json has the outcome.
import { cpSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { photoIndexBody } from '../lib/photo-index';
import { photoDocumentJson } from '../lib/opensearch/photo-document';
import { runScript } from '../tools/run-script';
import { understand, wholeNumber } from '../tools/understand';
import { step } from '../tools/setup/report.mjs';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings, repositoryRoot } from '../workshop/settings';
import * as nodes from './cluster/nodes';
import { clusterTables, type ClusterResults, type Content, type GrownCluster } from './cluster/cluster-page';
import { searchMeanwhile } from './cluster/steady-searches';
import { describeMachine } from './describe-machine';
import { writePart } from './markdown';
import { roundedJson } from './rounded-json';
import { sendAll } from './scale/fill';
import { identity, madeUpPhoto } from './scale/photo-documents';
import { photoLikeVectors } from './scale/photo-like-vectors';
import { findTruths, measureSearches, positionsOf } from './scale/searches';

const usage = `Usage: npx tsx bench/cluster.ts [--photos 100000] [--rate 20] [--heap 512]

  A cluster of three nodes on this machine, an index of three shards with a replica each, and searches at a steady rate,
  while a node is added, removed, killed and brought back, all are restarted in turn, and a snapshot is made and restored
  into an empty cluster. Then clusters of one, two and three nodes with one and eight clients.

  --photos  how many made-up vectors of 512
  --rate    searches a second
  --heap    of each node, in MB`;

const index = 'bench-cluster';
const three = ['one', 'two', 'three'];

interface Setting {
  photos: number;
  rate: number;
  heapMb: number;
}

type Data = ReturnType<typeof madeUpData>;

function madeUpData(photos: number) {
  const drawn = photoLikeVectors(photos + 100);
  const [vectors, queries] = [drawn.slice(0, photos), drawn.slice(photos)];
  return { vectors, queries, truths: findTruths(queries, vectors).truths, positions: positionsOf(photos) };
}

async function fill(client: Client, { vectors }: Data, shards: number, replicas: number): Promise<void> {
  const body = photoIndexBody(identity, { photos: vectors.length });
  await client.indices.delete({ index, ignore_unavailable: true });
  const settings = { index: { ...body.settings?.index, number_of_shards: shards, number_of_replicas: replicas } };
  await client.indices.create({ index, body: { ...body, settings } });
  const operations = function* () {
    for (const [position, vector] of vectors.entries()) {
      const { id, document } = madeUpPhoto(position);
      yield { id, document: photoDocumentJson(document, vector) };
    }
  };
  await sendAll(client, index, operations());
  await client.indices.refresh({ index });
}

function connect(cluster: nodes.Cluster, names: string[]): Promise<Client> {
  return connectOpenSearch(readSettings({ SERVICE_URI: nodes.clusterUri(cluster, names) }, '/none'));
}

/** Whether all is there: the number of documents, and recall@10. */
async function look(client: Client, { truths, vectors, positions }: Data): Promise<Content> {
  const { body } = await client.count({ index });
  const { recall } = await measureSearches(client, index, { truths, vectors, positions });
  return { documents: body.count, recall10: recall };
}

async function disturb(data: Data, setting: Setting) {
  const cluster = await nodes.newCluster([...three, 'four'], setting.heapMb);
  const empty = await nodes.newCluster(['alone'], setting.heapMb);
  try {
    return await observe(cluster, empty, data, setting);
  } finally {
    // Its processes would keep this one from ending.
    nodes.endCluster(cluster);
    nodes.endCluster(empty);
  }
}

async function observe(cluster: nodes.Cluster, empty: nodes.Cluster, data: Data, { rate }: Setting) {
  await step('Three nodes', () => nodes.startNodes(cluster, three));
  const client = await connect(cluster, three);
  await step(`${data.vectors.length} photos`, () => fill(client, data, 3, 1));
  const before = await look(client, data);
  const repository = {
    repository: 'here',
    body: { type: 'fs', settings: { location: nodes.snapshotFolder(cluster) } },
  };
  const exclude = (name: string | null) =>
    client.cluster.putSettings({ body: { persistent: { 'cluster.routing.allocation.exclude._name': name } } });
  const events: [name: string, event: () => Promise<void>][] = [
    ['nothing, for 10 s', () => sleep(10_000)],
    [
      'a node is added, and shards move to it',
      async () => {
        await nodes.startNodes(cluster, ['four']);
        for (;;) {
          const { body } = await client.cat.shards({ index, format: 'json', h: ['node'] });
          if (JSON.stringify(body).includes('four')) break;
          await sleep(500);
        }
        await nodes.untilGreen(cluster);
      },
    ],
    [
      'a node is emptied and removed',
      async () => {
        await exclude('four');
        await nodes.untilGreen(cluster);
        await nodes.endNode(cluster, 'four', 'SIGTERM');
        await exclude(null);
        await nodes.untilGreen(cluster);
      },
    ],
    [
      'a node is killed and brought back',
      async () => {
        await nodes.endNode(cluster, 'two', 'SIGKILL');
        await nodes.startNodes(cluster, ['two']);
      },
    ],
    [
      'all are restarted in turn',
      async () => {
        for (const name of three) {
          await nodes.endNode(cluster, name, 'SIGTERM');
          await nodes.startNodes(cluster, [name]);
        }
      },
    ],
    [
      'a snapshot is made',
      async () => {
        await client.snapshot.createRepository(repository);
        const request = { repository: 'here', snapshot: 'all', wait_for_completion: true, body: { indices: index } };
        await client.snapshot.create(request, { requestTimeout: 600_000 });
      },
    ],
  ];
  const happened: ClusterResults['happened'] = [];
  for (const [event, happen] of events) {
    const load = { index, queries: data.queries, perSecond: rate };
    const seen = await step(event, () => searchMeanwhile(client, load, happen));
    happened.push({ event, ...seen, ...(await look(client, data)) });
    console.log(happened.at(-1));
  }
  const restored = await step('Restored into an empty cluster', async () => {
    await nodes.startNodes(empty, ['alone']);
    const alone = await connect(empty, ['alone']);
    // The same repository, seen from another cluster, which may only read it.
    const settings = { location: nodes.snapshotFolder(empty), readonly: true };
    cpSync(nodes.snapshotFolder(cluster), nodes.snapshotFolder(empty), { recursive: true });
    await alone.snapshot.createRepository({ repository: 'here', body: { type: 'fs', settings } });
    const begin = performance.now();
    await alone.snapshot.restore(
      {
        ...{ repository: 'here', snapshot: 'all', wait_for_completion: true },
        body: { indices: index, index_settings: { 'index.number_of_replicas': 0 } },
      },
      { requestTimeout: 600_000 },
    );
    const seconds = (performance.now() - begin) / 1000;
    const found = { seconds, ...(await look(alone, data)) };
    await alone.close();
    return found;
  });
  console.log(restored);
  await client.close();
  return { before, happened, restored };
}

/** Searches with one and eight clients, in clusters of one, two and three nodes, each of which holds all photos. */
async function grow(data: Data, { heapMb }: Setting) {
  const found: GrownCluster[] = [];
  for (const count of [1, 2, 3]) {
    const names = three.slice(0, count);
    const cluster = await nodes.newCluster(names, heapMb);
    const measured = step(`${count} node${count > 1 ? 's' : ''}`, async () => {
      await nodes.startNodes(cluster, names);
      const client = await connect(cluster, names);
      await fill(client, data, 1, count - 1);
      await nodes.untilGreen(cluster);
      await client.indices.forcemerge({ index, max_num_segments: 1 }, { requestTimeout: 1_200_000 });
      for (const clients of [1, 8]) {
        const cpu = nodes.cpuSeconds(cluster);
        const { p50, p99, perSecond, recall } = await measureSearches(client, index, { ...data, clients, rounds: 10 });
        const searches = data.truths.length * 11;
        const cpuMs = (1000 * (nodes.cpuSeconds(cluster) - cpu)) / searches;
        found.push({
          nodes: count,
          clients,
          p50_ms: p50,
          p99_ms: p99,
          per_second: perSecond,
          cpu_ms: cpuMs,
          recall10: recall,
        });
      }
      await client.close();
    });
    await measured.finally(() => {
      nodes.endCluster(cluster);
    });
  }
  console.table(found);
  return found;
}

/** @throws Error saying what is wrong with it */
function readCommandLine(): Setting {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string', default: '100000' },
      rate: { type: 'string', default: '20' },
      heap: { type: 'string', default: '512' },
    },
  });
  return {
    photos: wholeNumber('--photos', values.photos),
    rate: wholeNumber('--rate', values.rate),
    heapMb: wholeNumber('--heap', values.heap),
  };
}

async function main(): Promise<void> {
  const setting = understand(readCommandLine, usage);
  if (!setting) return;
  const loadBefore = os.loadavg()[0] ?? NaN;
  const data = await step('Vectors', () => Promise.resolve(madeUpData(setting.photos)));
  const disturbed = await disturb(data, setting);
  const grown = await grow(data, setting);
  const { processor = '', memory = '', system = '', node = '' } = await describeMachine('');
  const results: ClusterResults = {
    command: `npx tsx bench/cluster.ts --photos ${setting.photos} --rate ${setting.rate} --heap ${setting.heapMb}`,
    date: new Date().toISOString().slice(0, 10),
    machine: { processor, memory, system, node },
    loadBefore,
    rate: setting.rate,
    ...disturbed,
    grown,
  };
  const text = roundedJson(results);
  await writeFile(path.join(__dirname, 'results-cluster.json'), `${text}\n`);
  const page = clusterTables(JSON.parse(text) as ClusterResults);
  await writePart(path.join(repositoryRoot, 'docs/scaling.md'), 'npx tsx bench/cluster.ts', page);
}

runScript(main);
