import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { PhotoSearchError } from '../lib/errors';
import { brokenIndexes } from '../local-opensearch/broken-indexes';
import { heapFor } from '../local-opensearch/heap';
import { findJava } from '../local-opensearch/find-java';
import { readNodeRecord, writeNodeRecord } from '../local-opensearch/node-record';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from '../local-opensearch/paths';
import { setIndexAside } from '../local-opensearch/set-aside';
import { type LocalNode, startLocalOpenSearch, type StartOptions } from '../local-opensearch/start';
import { findLocalOpenSearch } from '../local-opensearch/status';
import { stopLocalOpenSearch, wipeLocalOpenSearch } from '../local-opensearch/stop';
import { explainEnd, whyItDied } from '../local-opensearch/why-it-ended';
import { explainAnswer } from '../workshop/opensearch/explain-answer';
import { repositoryRoot } from '../workshop/settings';
import { assertLoopbackOnly, connects } from './support/loopback';
import { ask, nodeFolder, startNode, startNodeElsewhere } from './support/node-folder';
import { setEnv } from './support/set-env';
import { temporaryFolder } from './support/temporary-folder';
import { unpackedServer } from './support/test-opensearch';

const password = 'marked-pass-4711';

/** The files of a node that was stopped. */
const atRest = temporaryFolder();

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

  test('listens on the loopback interface only', (t) => assertLoopbackOnly(t, portOf(node)));

  test('keeps its data from other users, and passwords from its process', () => {
    assert.equal(fs.statSync(paths.node).mode & 0o077, 0);
    const shown = [execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(node.pid)]).toString()];
    if (process.platform === 'linux') shown.push(fs.readFileSync(`/proc/${node.pid}/environ`, 'utf8'));
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
    const advice = { true: 'OPENSEARCH_HEAP_MB in \\.env.* -- start: nothing is lost', false: 'Try again in a minute' };
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

  test('in a folder that was moved while it ran, it is stopped, and started again with its data at the same address; in a copy, it is left alone', async (t) => {
    const [moved, copy] = [`${folder} moved`, temporaryFolder(t)];
    const copied = localOpenSearchPaths(copy);
    fs.mkdirSync(copied.node);
    fs.cpSync(paths.record, copied.record);
    assert.equal(await stopLocalOpenSearch(copy), false);
    fs.renameSync(folder, moved);
    const there = await startNode(moved);
    assert.deepEqual([there.url, await countPhotos(there)], [node.url, 40]);
    fs.renameSync(moved, folder);
    assert.equal(await stopLocalOpenSearch(folder), true);
  });

  test('takes another port where its own has been taken', async () => {
    assert.equal(await stopLocalOpenSearch(folder), false);
    fs.cpSync(folder, atRest, { recursive: true });
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

  test('is not mistaken for another process that has its id now, and survives a record that is cut off', async () => {
    const { pid, url } = node;
    writeNodeRecord(paths, { pid: process.pid, url });
    assert.equal(await findLocalOpenSearch(folder), undefined);
    assert.equal(await stopLocalOpenSearch(folder), false);
    fs.writeFileSync(paths.record, '{"pid":');
    assert.equal(await findLocalOpenSearch(folder), undefined);
    writeNodeRecord(paths, { pid, url });
    assert.equal((await findLocalOpenSearch(folder))?.pid, pid);
  });

  test('says where another process uses the data of one that is to start', async (t) => {
    const other = temporaryFolder(t);
    const { node: itself, data } = localOpenSearchPaths(other);
    fs.mkdirSync(itself);
    fs.symlinkSync(paths.data, data);
    assert.match(await failure(other), /another process uses its data/);
  });

  describe('without native code', () => {
    before(async () => {
      await makeIndex('good', { method: { name: 'hnsw', engine: 'lucene' } });
      await addDocument('good');
      await ask(`${node.url}/good/_refresh`, { method: 'POST' });
    });

    const needNativeCode = {
      none: {},
      faiss: { method: { name: 'hnsw', engine: 'faiss' } },
      disk: { mode: 'on_disk' },
      bits: { compression_level: '32x' },
      bytes: { data_type: 'byte' },
    };
    for (const [index, field] of Object.entries(needNativeCode)) {
      test(`lives on where a document goes into a field of the kind '${index}'`, async () => {
        await makeIndex(index, field);
        await addDocument(index);
        const refreshed = await fetch(`${node.url}/${index}/_refresh`, { method: 'POST' });
        assert.match(await refreshed.text(), /no native code, so knn_vector needs engine: 'lucene'/);
        assert.equal(await countGood(), 1);
      });
    }

    test('started again without one that is set aside, whose files are kept, it names the others and one whose files are damaged, with what to do, and has the rest', async () => {
      await makeIndex('lost', { method: { name: 'hnsw', engine: 'lucene' } });
      await addDocument('lost');
      const [{ uuid = '' } = {}] = await ask<{ uuid?: string }[]>(`${node.url}/_cat/indices/lost?format=json&h=uuid`);
      await ask(`${node.url}/lost/_close`, { method: 'POST' });
      fs.rmSync(path.join(node.dataDir, 'nodes/0/indices', uuid, '0/translog'), { recursive: true });
      await ask(`${node.url}/lost/_open?wait_for_active_shards=0`, { method: 'POST' });

      // Made again, and of a node that does not run.
      await ask(`${node.url}/faiss`, { method: 'DELETE' });
      await makeIndex('faiss', needNativeCode.faiss);
      await addDocument('faiss');
      await stopLocalOpenSearch(folder);
      const place = await setIndexAside('faiss', { folder, server: unpackedServer });
      assert(fs.existsSync(path.join(place, '0/translog')), fs.readdirSync(place).join());
      node = await startNode(folder);
      assert.equal((await fetch(`${node.url}/faiss`)).status, 404);
      assert.equal(await countGood(), 1);
      const broken = new Map((await brokenIndexes(node.url)).map(({ index, message }) => [index, message]));
      assert.deepEqual([...broken.keys()].sort(), ['bits', 'bytes', 'disk', 'lost', 'none']);
      assert.match(broken.get('disk') ?? '', /'disk' can't be opened: .*engine: 'lucene'.*set-aside disk$/);
      assert.match(broken.get('lost') ?? '', /'lost' can't be opened: its files are damaged \(.*translog/);
    });
  });

  test('wipes', async () => {
    assert.equal(await wipeLocalOpenSearch(folder), true);
    assert.throws(() => fs.statSync(paths.node), { code: 'ENOENT' });
    assert.equal(await connects('127.0.0.1', portOf(node)), false);
  });

  async function makeIndex(index: string, field: object): Promise<void> {
    const e = { type: 'knn_vector', dimension: 8, ...field };
    // A refresh of its own would be the one that fails.
    const body = { settings: { index: { knn: true, refresh_interval: '-1' } }, mappings: { properties: { e } } };
    await ask(`${node.url}/${index}`, { method: 'PUT', body });
  }

  async function addDocument(index: string): Promise<void> {
    await ask(`${node.url}/${index}/_doc/1`, { method: 'PUT', body: { e: [1, 2, 3, 4, 5, 6, 7, 8] } });
  }

  async function countGood(): Promise<number> {
    return (await ask<{ count: number }>(`${node.url}/good/_count`)).count;
  }
});

async function countPhotos({ url }: LocalNode): Promise<number> {
  await ask(`${url}/photos/_refresh`, { method: 'POST' });
  return (await ask<{ count: number }>(`${url}/photos/_count`)).count;
}

function portOf({ url }: LocalNode): number {
  return Number(new URL(url).port);
}

test('no-native-code.jar holds what is written beside it', async (t) => {
  // The compiler beside the Java that runs the server, if it is a full JDK.
  const programs = path.dirname((await findJava()).command);
  const javac = path.join(programs, 'javac');
  if (!fs.existsSync(javac)) {
    t.skip('this machine has no Java compiler of version 21 or newer');
    return;
  }
  const sources = path.join(repositoryRoot, 'local-opensearch/no-native-code');
  const files = fs.readdirSync(sources).map((name) => path.join(sources, name));
  const classPath = ['plugins/opensearch-knn/*', 'lib/*'].map((jars) => path.join(unpackedServer, jars)).join(':');
  const [made, unpacked] = [temporaryFolder(t), temporaryFolder(t)];
  const options = ['--release', '21', '-g:none', '-nowarn', '-cp', classPath, '-d', made];
  execFileSync(javac, [...options, ...files.filter((file) => file.endsWith('.java'))], { stdio: 'ignore' });
  const jar = ['--extract', '--file', path.join(sources, 'no-native-code.jar')];
  execFileSync(path.join(programs, 'jar'), jar, { cwd: unpacked });
  const classesIn = (folder: string) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.class'))
      .sort()
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'base64')]);
  assert.deepEqual(classesIn(unpacked), classesIn(made));
});

test('where OpenSearch is not installed, the error names the set-up and the alternatives', async (t) => {
  await assert.rejects(startLocalOpenSearch({ folder: temporaryFolder(t) }), {
    name: 'PhotoSearchError',
    message: /is not installed \(no .*server-3.*\): run `node tools\/setup\.mjs`.*SERVICE_URI.*Docker/,
  });
});

test('a heap that is not a size is named; else it is an eighth of the memory, from 512 MiB to 4 GiB', async (t) => {
  const heapOf = (gibibytes: number) => heapFor(undefined, gibibytes * 2 ** 30);
  assert.deepEqual([1, 4, 8, 16, 32, 256].map(heapOf), [512, 512, 1024, 2048, 4096, 4096]);
  setEnv(t, 'OPENSEARCH_HEAP_MB', '1g');
  await assert.rejects(startLocalOpenSearch(), { message: /OPENSEARCH_HEAP_MB is "1g".*MiB/ });
});

test('a heap larger than the machine is explained as lack of memory', async (t) => {
  const folder = temporaryFolder(t);
  const javaOptions = ['-Xmx64t', '-Xms64t', '-XX:+AlwaysPreTouch'];
  await assert.rejects(startLocalOpenSearch({ folder, server: unpackedServer, javaOptions }), {
    message: /not enough memory \([\d.]+ [GM]B of [\d.]+ GB free\).*OPENSEARCH_HEAP_MB/,
  });
});

/** What starting in `folder` fails with. */
async function failure(folder: string, options: StartOptions = {}): Promise<string> {
  const paths = localOpenSearchPaths(folder);
  const started = startLocalOpenSearch({ folder, server: unpackedServer, ...options });
  const error: unknown = await started.then(
    () => stopLocalOpenSearch(folder),
    (reason: unknown) => reason,
  );
  assert(error instanceof PhotoSearchError, 'it started');
  assert.doesNotMatch(error.message, /enough memory/);
  // The doctor, and `npm run opensearch -- status`, find the same reason later.
  assert(error.message.includes(whyItDied(paths) ?? 'no reason'), whyItDied(paths));
  return error.message;
}

describe('a node that can’t start with its data says what is wrong with it', () => {
  const unspoilt = () => undefined;
  const cases: [what: string, spoil: (paths: LocalOpenSearchPaths) => void, says: RegExp, javaOptions?: string[]][] = [
    [
      'files cut off',
      (paths) => {
        for (const file of stateFiles(paths)) if (!file.endsWith('.st')) fs.truncateSync(file, 20);
      },
      /its data is damaged \(\/.*_state\/\w+\).*opensearch -- set-aside/,
    ],
    [
      'written by a newer OpenSearch',
      (paths) => {
        for (const file of stateFiles(paths)) if (/segments_\w+$/.test(file)) pretendVersion(file, '3.9.0');
      },
      /was written by OpenSearch 3\.9\.0, which is newer than this one \(3\./,
    ],
    [
      'a heap too small',
      unspoilt,
      /its Java heap is too small for its data\. Set OPENSEARCH_HEAP_MB in \.env to more/,
      ['-Xms16m', '-Xmx16m'],
    ],
    [
      'anything else: in the words of the log',
      ({ data }) => {
        fs.rmSync(data, { recursive: true });
        fs.mkdirSync(data);
        fs.writeFileSync(path.join(data, 'nodes'), 'in the way');
      },
      /ended while it started: ".*data\/nodes.*"\. Its log: .*SERVICE_URI/s,
    ],
  ];
  for (const [what, spoil, says, javaOptions = []] of cases) {
    test(what, async (t) => {
      const folder = temporaryFolder(t);
      fs.cpSync(atRest, folder, { recursive: true });
      spoil(localOpenSearchPaths(folder));
      assert.match(await failure(folder, { javaOptions }), says);
    });
  }
});

function stateFiles({ data }: LocalOpenSearchPaths): string[] {
  const folder = path.join(data, 'nodes/0/_state');
  return fs.readdirSync(folder).map((name) => path.join(folder, name));
}

test('a node that was killed is taken for one that ran out of memory; where it ended while it opened an index, the index is named', (t) => {
  const paths = localOpenSearchPaths(temporaryFolder(t));
  const killed = explainEnd(paths, { pid: 1, ended: { code: null, signal: 'SIGKILL' } });
  assert.match(killed.message, /it was killed \(SIGKILL\).*out of memory/);
  fs.mkdirSync(paths.logs, { recursive: true });
  // What a server left behind whose plugin lacked a library, without its times and most of its lines.
  const lines = [
    '[INFO ][o.o.p.PluginsService     ] PluginService:onIndexModule index:[good/o0H4csL1Q-W_bywKHw4Q1Q]',
    '[INFO ][o.o.p.PluginsService     ] PluginService:onIndexModule index:[bad/TT4QVhmJQISxcmtpZ1kF9Q]',
    '[ERROR][o.o.b.OpenSearchUncaughtExceptionHandler] fatal error in thread [opensearch[workshop][generic][T#3]], exiting',
    'java.lang.UnsatisfiedLinkError: no opensearchknn_faiss_avx512 in java.library.path: /usr/lib',
    '\tat org.opensearch.index.shard.StoreRecovery.recoverFromStore(StoreRecovery.java:124)',
  ];
  fs.writeFileSync(paths.log, `${lines.join('\n')}\n`);
  const { message } = explainEnd(paths, { pid: 1, ended: { code: 127, signal: null } });
  assert.match(message, /"java\.lang\.UnsatisfiedLinkError: no opensearchknn_faiss/);
  assert.match(message, /an index, probably 'bad', .*npm run opensearch -- set-aside bad\)\. Its log/);
});

test('a Java that is too old is passed over', async (t) => {
  const home = temporaryFolder(t);
  fs.mkdirSync(path.join(home, 'bin'));
  const program = path.join(home, 'bin/java');
  fs.writeFileSync(program, `#!/bin/sh\necho 'openjdk version "17.0.1" 2021-10-19' >&2\n`, { mode: 0o755 });
  setEnv(t, 'JAVA_HOME', home);
  const java = await findJava();
  assert.notEqual(java.command, program);
  assert(Number(java.version.split('.')[0]) >= 21, java.version);
});

/** Changes the version of the server in the node's state, and the checksum over it: the last 8 bytes. */
function pretendVersion(file: string, version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  // How OpenSearch numbers its releases: 3.6.0 is 3060099, with the bit that sets it apart from Elasticsearch.
  const id = String((major * 1_000_000 + minor * 10_000 + patch * 100 + 99) ^ 0x08000000);
  const text = fs.readFileSync(file, 'latin1').replace(/(?<=node_version.)\d{9}/s, id);
  const bytes = Buffer.from(text, 'latin1');
  bytes.writeBigUInt64BE(BigInt(crc32(bytes.subarray(0, -8))), bytes.length - 8);
  fs.writeFileSync(file, bytes);
}
