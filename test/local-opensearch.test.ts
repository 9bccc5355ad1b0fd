import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readNodeRecord, writeNodeRecord } from '../local-opensearch/node-record';
import { localOpenSearchPaths } from '../local-opensearch/paths';
import type { LocalNode } from '../local-opensearch/start';
import { findLocalOpenSearch } from '../local-opensearch/status';
import { stopLocalOpenSearch, wipeLocalOpenSearch } from '../local-opensearch/stop';
import { heapFor } from '../local-opensearch/heap';
import { explainAnswer } from '../workshop/opensearch/explain-answer';
import { connects, outsideAddress } from './support/loopback';
import { ask, nodeFolder, startNode, startNodeElsewhere } from './support/node-folder';

const password = 'marked-pass-4711';

describe('the local OpenSearch', () => {
  const { folder, end } = nodeFolder();
  const paths = localOpenSearchPaths(folder);
  let node: LocalNode;
  after(end);

  test('starts once when five processes ask at once, and outlives them', async () => {
    const env = { SERVICE_URI: `https://user:${password}@example.invalid:9200` };
    const starters = [1, 2, 3, 4, 5].map(() => startNodeElsewhere(folder, env));
    const ends = await Promise.all(starters.map(({ ended }) => ended));
    const nodes = ends.map((text) => JSON.parse(text.replace('[0]', '')) as LocalNode);
    assert.deepEqual(new Set(nodes.map(({ pid }) => pid)).size, 1, ends.join('\n'));
    const found = await findLocalOpenSearch(folder);
    assert.deepEqual(found, nodes[0]);
    assert(found);
    node = found;
    const begin = performance.now();
    assert.deepEqual(await startNode(folder), node, 'it is found again without waiting');
    assert(performance.now() - begin < 2000);
  });

  test('listens on the loopback interface only', async (t) => {
    const outside = outsideAddress();
    if (outside === undefined) {
      t.skip('this machine has the loopback interface only');
      return;
    }
    assert.equal(await connects('127.0.0.1', portOf(node)), true);
    assert.equal(await connects(outside, portOf(node)), false);
  });

  test('keeps its data from other users, and passwords from its process', () => {
    assert.equal(statSync(paths.node).mode & 0o077, 0);
    const shown = [execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(node.pid)]).toString()];
    if (process.platform === 'linux') shown.push(readFileSync(`/proc/${node.pid}/environ`, 'utf8'));
    assert(!shown.join().includes(password));
  });

  test('has the heap that was asked for, and a request beyond its memory is answered with how to get more', async () => {
    const limit = (value: string | null) => {
      const body = { transient: { 'network.breaker.inflight_requests.limit': value } };
      return ask(`${node.url}/_cluster/settings`, { method: 'PUT', body });
    };
    await limit('2kb');
    const path = '/photos/_search';
    const body = JSON.stringify({ query: { ids: { values: ['a'.repeat(4000)] } } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${node.url}${path}`, { method: 'POST', headers, body });
    await limit(null);
    const failure = { statusCode: response.status, body: await response.json() };
    const full =
      'memory of OpenSearch at here is full \\(429\\): POST /photos/_search would need \\d+/\\S+kb, and 2048/2kb are allowed';
    const advice = { true: 'OPENSEARCH_HEAP_MB in \\.env.*nothing is lost', false: 'Try again in a minute' };
    for (const [local, says] of Object.entries(advice)) {
      const context = { host: 'here', secure: false, method: 'POST', path, attempt: 1, waited: 0 };
      assert.match(explainAnswer(failure, { ...context, local: local === 'true' }), new RegExp(`${full}.*${says}`));
    }
    const { nodes } = await ask<{ nodes: Record<string, { jvm: { input_arguments: string[] } }> }>(
      `${node.url}/_nodes/_local/jvm`,
    );
    const [jvm] = Object.values(nodes).map(({ jvm }) => jvm);
    assert(jvm?.input_arguments.includes(`-Xmx${heapFor()}m`), jvm?.input_arguments.join(' '));
  });

  test('killed hard, and started by a process that is killed halfway, it is one node, found at the same address with all acknowledged data', async () => {
    // Half of them only in the log of writes.
    for (let id = 0; id < 40; id++) {
      await ask(`${node.url}/photos/_doc/${id}?refresh=${id < 20}`, { method: 'PUT', body: { id } });
    }
    process.kill(node.pid, 'SIGKILL');
    while ((await findLocalOpenSearch(folder)) !== undefined) await sleep(20);
    const starter = startNodeElsewhere(folder);
    while (readNodeRecord(paths)?.pid === node.pid) await sleep(10);
    starter.child.kill('SIGKILL');
    const halfway = readNodeRecord(paths)?.pid;
    assert.equal(await findLocalOpenSearch(folder), undefined);
    const again = await startNode(folder);
    assert.deepEqual([again.pid, again.url], [halfway, node.url]);
    assert.equal(await countPhotos(again), 40);
    node = again;
  });

  test('takes another port where its own has been taken', async () => {
    assert.equal(await stopLocalOpenSearch(folder), true);
    assert.equal(await stopLocalOpenSearch(folder), false);
    const intruder = createServer().listen(portOf(node), '127.0.0.1');
    try {
      const again = await startNode(folder);
      assert.notEqual(again.url, node.url);
      assert.equal(await countPhotos(again), 40);
      node = again;
    } finally {
      intruder.close();
    }
  });

  test('is not mistaken for another process that has its id now, survives a record that is cut off, and wipes', async () => {
    const { pid, url } = node;
    writeNodeRecord(paths, { pid: process.pid, url });
    assert.equal(await findLocalOpenSearch(folder), undefined);
    assert.equal(await stopLocalOpenSearch(folder), false);
    writeFileSync(paths.record, '{"pid":');
    assert.equal(await findLocalOpenSearch(folder), undefined);
    writeNodeRecord(paths, { pid, url });
    assert.equal((await findLocalOpenSearch(folder))?.pid, pid);
    assert.equal(await wipeLocalOpenSearch(folder), true);
    assert.throws(() => statSync(paths.node), { code: 'ENOENT' });
    assert.equal(await connects('127.0.0.1', portOf(node)), false);
  });
});

async function countPhotos({ url }: LocalNode): Promise<number> {
  await ask(`${url}/photos/_refresh`, { method: 'POST' });
  return (await ask<{ count: number }>(`${url}/photos/_count`)).count;
}

function portOf({ url }: LocalNode): number {
  return Number(new URL(url).port);
}
