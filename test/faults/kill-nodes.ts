import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { API, Client } from '@opensearch-project/opensearch';
import type { PhotoDocument } from '../../lib/stored-photos';
import { findPhotos } from '../../lib/photos';
import { searchPhotos } from '../../lib/search';
import { uploadPhotos } from '../../lib/upload';
import { fakeClip } from '../support/fake-clip';
import { writePhotos } from '../support/photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from '../support/photo-indexes';
import { silentProgress } from '../support/silent-progress';
import { temporaryFolder } from '../support/temporary-folder';
import type { Role, ThreeNodes } from '../support/three-nodes';

const count = 400;

/** Which node dies, by what it does when it dies. */
export interface Victims {
  duringUpload: Role;
  duringSearch: Role;
}

/**
 * Uploads photos to the cluster and kills a node in the middle, starts it again, searches and kills a node in the
 * middle of that. Asserts that nothing acknowledged is lost, that the upload ends with the index of an undisturbed
 * one, and that every search finds what it should.
 */
export async function killNodes(
  t: TestContext,
  cluster: ThreeNodes,
  { duringUpload, duringSearch }: Victims,
): Promise<void> {
  await cluster.restartDead();
  const client = await newClient(cluster);
  const { identity } = fakeClip();
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, count);
  const { photos } = await findPhotos(photosDir);
  const upload = (index: string, pauseMs: number) =>
    uploadPhotos(client, {
      index,
      clip: fakeClip({ pauseMs }),
      photos,
      progress: silentProgress,
    });

  const undisturbed = await emptyPhotoIndex(t, client, identity);
  await upload(undisturbed, 0);
  const expected = await wholeIndex(client, undisturbed);
  assert.equal(expected.size, count);

  const index = await emptyPhotoIndex(t, client, identity);
  await client.cluster.health({ index, wait_for_status: 'green', timeout: '60s' });
  const watch = watchRequests(client);
  const uploading = upload(index, 100);
  await watch.untilBulkRequest(2 + Math.floor(Math.random() * 3));
  await sleep(Math.random() * 30);
  await cluster.kill(await cluster.nodeWith(duringUpload, index));
  const before = [...watch.acknowledged];
  await assertThere(client, index, before);
  const report = await uploading;
  assert.ok(before.length > 0 && before.length < count, `killed at ${before.length} of ${count}`);
  assert.ok(watch.failed() > 0, 'no request met the dead node');
  assert.equal(report.indexed, count);
  assert.deepEqual([report.dropped, report.skipped], [[], []]);
  assert.equal(watch.acknowledged.size, count);
  assert.deepEqual(await wholeIndex(client, index), expected);
  t.diagnostic(
    `the node with the ${duringUpload} killed at ${before.length} of ${count} photos; ` +
      `${watch.failed()} requests failed and were sent again`,
  );

  await cluster.restartDead();
  assert.deepEqual(await wholeIndex(client, index), expected, 'after the return of the node');

  // As another kernel: the first client still spares the node that was dead.
  const searcher = await newClient(cluster);
  const watchSearches = watchRequests(searcher);
  const searching = searchOn(searcher, index, expected as Map<string, PhotoDocument>);
  await searching.untilDone(20 + Math.random() * 40);
  await cluster.kill(await cluster.nodeWith(duringSearch, index));
  await searching.untilDone(searching.done() + 60);
  await searching.end();
  assert.ok(watchSearches.failed() > 0, 'no search met the dead node');
  assert.equal((await searcher.count({ index })).body.count, count);
  t.diagnostic(
    `the node with the ${duringSearch} killed while ${searching.done()} searches went on; ` +
      `${watchSearches.failed()} requests failed and were sent again`,
  );
}

function newClient(cluster: ThreeNodes): Promise<Client> {
  return testClient({ url: cluster.uri, patienceMs: 60_000 });
}

/** Counts what the client sends and gets. */
function watchRequests(client: Client) {
  const acknowledged = new Set<string>();
  let bulkRequests = 0;
  let failed = 0;
  const isBulk = (path: string) => path.endsWith('/_bulk');
  client.on('request', (_, { meta }) => {
    if (isBulk(meta.request.params.path)) bulkRequests++;
  });
  client.on('response', (error: Error | null, { body, meta }) => {
    if (error) failed++;
    else if (isBulk(meta.request.params.path)) {
      for (const { index } of (body as API.Bulk_ResponseBody).items) {
        if (index && index.status < 300) acknowledged.add(index._id ?? '');
      }
    }
  });
  return {
    /** The ids of the documents that the cluster said it has. */
    acknowledged,
    failed: () => failed,
    /** Waits until the request of this number is under way. */
    async untilBulkRequest(number: number): Promise<void> {
      while (bulkRequests < number) await sleep(1);
    },
  };
}

async function assertThere(client: Client, index: string, ids: string[]): Promise<void> {
  const { body } = await client.mget({ index, _source: false, body: { ids } });
  const missing = body.docs.filter((document) => !('found' in document && document.found));
  assert.deepEqual(missing, [], 'acknowledged, and lost');
}

/** Four searchers that ask for one photo after the other by its own vector, each of which must find that photo. */
function searchOn(client: Client, index: string, documents: Map<string, PhotoDocument>) {
  const wanted = [...documents.values()];
  let next = 0;
  let done = 0;
  let ended = false;
  async function searcher(): Promise<void> {
    while (!ended) {
      const document = wanted[next++ % wanted.length];
      assert.ok(document);
      const vector = Float32Array.from((document as unknown as { embedding: number[] }).embedding);
      const hits = await searchPhotos(client, { index, vector, k: 3 });
      assert.equal(hits.length, 3);
      const [nearest] = hits;
      assert.equal(nearest?.image_url, document.image_url);
      assert.ok(Math.abs(nearest.cosine - 1) < 1e-5, String(nearest.cosine));
      done++;
    }
  }
  const all = Promise.all([searcher(), searcher(), searcher(), searcher()]);
  return {
    done: () => done,
    /** @throws what a searcher threw */
    untilDone: async (number: number): Promise<void> => {
      while (done < number) await Promise.race([all, sleep(5)]);
    },
    end: async (): Promise<void> => {
      ended = true;
      await all;
    },
  };
}
