import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainIndex } from '../console/explain-index';
import type { ModelIdentity } from '../lib/model/model-identity';
import { photoIndexBody } from '../lib/photo-index';
import { planIndex } from '../lib/opensearch/plan-index';
import { searchPhotos } from '../lib/search';
import { readCluster } from '../workshop/read-cluster';
import { ask } from './support/node-folder';
import { testClient } from './support/photo-indexes';
import { testOpenSearchUrl } from './support/test-opensearch';

const gigabyte = 1e9;
const identity: ModelIdentity = {
  ...{ model: 'a/b', revision: 'c', dtype: 'fp32', preprocessing: 'sharp-1', dimension: 8 },
};

test('a small index has one shard, one that outgrows 30 GB a shard has more, as many on each node', () => {
  const shards = (photos: number, nodes: number) => planIndex(512, { photos, nodes }).shards;
  assert.equal(shards(1_000, 1), 1);
  assert.equal(shards(50_000, 3), 1);
  assert.equal(shards(2e6, 3), 3);
  assert.equal(shards(25e6, 3) % 3, 0);
  for (const [photos, dimension, version] of [
    [25e6, 512],
    [1e9, 512],
    [1e6, 2048, '2.19.1'],
  ] as const) {
    const { shards, neededDisk } = planIndex(dimension, { photos, nodes: 4, version });
    assert(neededDisk / 2 / 2 / shards <= 30 * gigabyte, `${photos}: ${neededDisk / shards} bytes a shard`);
  }
});

test('a replica where another node can hold it; the memory of a million vectors of 512 is 1.1 × (4 × 512 + 8 × 16) bytes each', () => {
  assert.equal(planIndex(512, { photos: 1000, nodes: 1 }).replicas, 0);
  assert.equal(planIndex(512, { photos: 1000, nodes: 2 }).replicas, 1);
  assert.equal(planIndex(512, { photos: 1e6, nodes: 1 }).neededMemory, 1.1 * (4 * 512 + 8 * 16) * 1e6);
});

test('where nobody says how many nodes there are, the number of replicas is left to OpenSearch, told, and two copies are reckoned with', () => {
  const size = { photos: 500_000 };
  const { index } = photoIndexBody(identity, size).settings as { index: object };
  assert.deepEqual(Object.keys(index), ['knn', 'number_of_shards', 'merge.policy.floor_segment', 'refresh_interval']);
  const { neededMemory, neededDisk } = planIndex(512, { ...size, nodes: 2 });
  assert.deepEqual({ ...planIndex(512, size), neededMemory, neededDisk }, planIndex(512, size));
  assert.match(explainIndex(512, size), /^number_of_replicas +OpenSearch's default +a second copy .* is not known$/m);
});

test('vectors go on disk where memory is short, the server has native libraries, and knows the mode', () => {
  const size = { photos: 10e6, nodes: 3, availableMemory: 16 * gigabyte };
  const mode = (version: string, native: boolean) => planIndex(512, { ...size, version, native }).mode;
  assert.deepEqual(
    [mode('2.17.0', true), mode('2.16.0', true), mode('3.6.0', true), mode('3.6.0', false)],
    ['disk', 'memory', 'disk', 'memory'],
  );
  assert.equal(planIndex(512, { ...size, availableMemory: 64 * gigabyte, native: true }).mode, 'memory');
});

test('an index that will not fit is reported with what it needs and what there is; the table names each choice with its value and why', () => {
  assert.match(
    explainIndex(512, { photos: 25e6, nodes: 3, availableMemory: 48 * gigabyte, availableDisk: 9e12 }),
    /^25,000,000 photos will not fit: they need 127 GB of memory in 2 copies, and the nodes have 48\.0 GB of memory besides their Java heap\. Add nodes/m,
  );
  assert.doesNotMatch(
    explainIndex(512, { photos: 50_000, nodes: 1, availableMemory: gigabyte, availableDisk: gigabyte }),
    /will not fit/,
  );
  const small = explainIndex(512, { photos: 50_000, nodes: 1, availableDisk: 1e6 });
  assert.match(small, /need 258 MB of disk in 1 copy, and the nodes have 1\.0 MB of free disk/);
  const table = explainIndex(512, { photos: 2e6, nodes: 3 });
  assert.match(table, /^number_of_shards +3 +at most 30 GB each/);
  for (const setting of ['number_of_replicas', 'm, ef_construction', 'engine', 'floor_segment', 'refresh_interval']) {
    assert(table.includes(`\n${setting}`), setting);
  }
  assert.match(table, /\nIt takes about 9\.6 GB of memory and 20\.6 GB of disk.*$/);
});

test('a real server takes every planned body, keeps the choices, and finds vectors; what it has is asked', async (t) => {
  const client = await testClient();
  const cluster = await readCluster(client, { serviceUri: undefined });
  assert.deepEqual([cluster.version, cluster.nodes], ['3.6.0', 1]);
  assert((cluster.availableMemory ?? 0) > gigabyte && (cluster.availableDisk ?? 0) > gigabyte);

  const index = 'test-index-plan';
  t.after(() => client.indices.delete({ index, ignore_unavailable: true }));
  await client.indices.create({ index, body: photoIndexBody(identity, { ...cluster, photos: 200_000 }) });
  const { body } = await client.indices.getSettings({ index, flat_settings: true });
  const settings = body[index]?.settings as Record<string, string>;
  assert.equal(settings['index.number_of_replicas'], '0');
  assert.equal(settings['index.refresh_interval'], '30s');
  assert.equal(settings['index.merge.policy.floor_segment'], '64mb');
  const vector = new Float32Array([1, 0, 0, 0, 0, 0, 0, 0]);
  const document = { image_url: 'photos/a.jpg', embedding: Array.from(vector) };
  await client.index({ index, id: 'a', body: document, refresh: true });
  assert.equal((await searchPhotos(client, { index, vector }))[0]?.image_url, 'photos/a.jpg');
  await client.indices.delete({ index });

  // Without documents, since this server has no native libraries; and past the client, which would refuse it.
  const onDisk = photoIndexBody(identity, { photos: 200_000, availableMemory: 1, native: true });
  await ask(`${await testOpenSearchUrl()}/${index}`, { method: 'PUT', body: onDisk });
});
