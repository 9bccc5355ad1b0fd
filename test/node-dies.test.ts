import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { API, Client } from '@opensearch-project/opensearch';
import { clusterUri, endCluster, endNode, newCluster, startNodes, type Cluster } from '../bench/cluster/nodes';
import { findPhotos, searchPhotos, uploadPhotos } from '../lib/index';
import { fakeClip } from './support/fake-clip';
import { writePhotos } from './support/photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

const count = 400;
const names = ['one', 'two', 'three'];
let cluster: Cluster;
let uri: string;
before(async () => {
  cluster = await newCluster(names, 256);
  uri = clusterUri(cluster, names);
  await startNodes(cluster, names);
});
after(() => endCluster(cluster));

/** Kills the node that has the primary shard of an index of one, or the replica, hard. @returns its name */
async function killNodeWith(client: Client, letter: 'p' | 'r', index: string): Promise<string> {
  const { body: shards } = await client.cat.shards({ index, format: 'json' });
  const name = shards.find(({ prirep }) => prirep === letter)?.node ?? 'none';
  await endNode(cluster, name, 'SIGKILL');
  return name;
}

/** A client, and what it sends and gets. */
async function watchedClient() {
  const client = await testClient({ url: uri, patienceMs: 60_000 });
  /** The ids of the documents that the cluster said it has. */
  const acknowledged = new Set<string>();
  const seen = { acknowledged, bulkRequests: 0, failed: 0 };
  client.on('request', (_, { meta }) => {
    if (meta.request.params.path.endsWith('/_bulk')) seen.bulkRequests++;
  });
  client.on('response', (error: Error | null, { body, meta }) => {
    if (error) seen.failed++;
    else if (meta.request.params.path.endsWith('/_bulk')) {
      for (const { index } of (body as API.Bulk_ResponseBody).items) {
        if (index && index.status < 300) acknowledged.add(index._id ?? '');
      }
    }
  });
  return { client, seen };
}

test('of three nodes one dies in the middle of an upload and one of searching: nothing acknowledged is lost, the upload ends complete, searches go on', async (t) => {
  const { client, seen } = await watchedClient();
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  const { photos } = await findPhotos(photosDir);
  const upload = (index: string, pauseMs: number) =>
    uploadPhotos(client, { index, clip: fakeClip({ pauseMs }), photos, progress: silentProgress });

  const undisturbed = await emptyPhotoIndex(t, client, fakeClip().identity);
  await upload(undisturbed, 0);
  const expected = await wholeIndex(client, undisturbed);
  assert.equal(expected.size, count);

  const index = await emptyPhotoIndex(t, client, fakeClip().identity);
  await client.cluster.health({ index, wait_for_status: 'green', timeout: '60s' });
  seen.acknowledged.clear();
  const killedAt = seen.bulkRequests + 2 + Math.floor(Math.random() * 3);
  const uploading = upload(index, 100);
  while (seen.bulkRequests < killedAt) await sleep(1);
  await sleep(Math.random() * 30);
  const killed = await killNodeWith(client, 'p', index);
  const ids = [...seen.acknowledged];
  const { docs } = (await client.mget({ index, _source: false, body: { ids } })).body;
  const missing = docs.filter((document) => !('found' in document && document.found));
  assert.deepEqual(missing, [], 'acknowledged, and lost');
  const report = await uploading;
  t.diagnostic(`killed at ${ids.length} of ${count} photos; ${seen.failed} requests failed and were sent again`);
  assert.ok(ids.length > 0 && ids.length < count);
  assert.ok(seen.failed > 0, 'no request met the dead node');
  assert.deepEqual([report.indexed, report.dropped, report.skipped], [count, [], []]);
  assert.equal(seen.acknowledged.size, count);
  assert.deepEqual(await wholeIndex(client, index), expected);

  await startNodes(cluster, [killed]);
  assert.deepEqual(await wholeIndex(client, index), expected, 'after the return of the node');

  // As another kernel: the first client still spares the node that was dead.
  const searching = await watchedClient();
  const progress = { done: 0, ended: false };
  const searchers = Promise.all([1, 2, 3, 4].map(() => searchOn(searching.client, index, expected, progress)));
  const untilDone = async (number: number) => {
    while (progress.done < number) await Promise.race([searchers, sleep(5)]);
  };
  await untilDone(20 + Math.random() * 40);
  await killNodeWith(searching.client, 'r', index);
  await untilDone(progress.done + 60);
  progress.ended = true;
  await searchers;
  t.diagnostic(`killed while ${progress.done} searches went on; ${searching.seen.failed} were sent again`);
  assert.ok(searching.seen.failed > 0, 'no search met the dead node');
  assert.equal((await searching.client.count({ index })).body.count, count);
});

/** Asks for one photo after the other by its own vector, each of which must find that photo. */
async function searchOn(
  client: Client,
  index: string,
  documents: Map<string, unknown>,
  progress: { done: number; ended: boolean },
): Promise<void> {
  const wanted = [...documents.values()] as { image_url: string; embedding: number[] }[];
  for (let next = Math.floor(Math.random() * count); !progress.ended; next++, progress.done++) {
    const document = wanted[next % count];
    assert.ok(document);
    const hits = await searchPhotos(client, { index, vector: Float32Array.from(document.embedding), k: 3 });
    assert.equal(hits.length, 3);
    const [nearest] = hits;
    assert.equal(nearest?.image_url, document.image_url);
    assert.ok(Math.abs(nearest.cosine - 1) < 1e-5, String(nearest.cosine));
  }
}
