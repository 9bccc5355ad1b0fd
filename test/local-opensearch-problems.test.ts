import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { PhotoSearchError } from '../lib/errors';
import { findJava } from '../local-opensearch/java';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from '../local-opensearch/paths';
import { startLocalOpenSearch, type StartOptions } from '../local-opensearch/start';
import { stopLocalOpenSearch } from '../local-opensearch/stop';
import { explainEnd, whyItDied } from '../local-opensearch/why-it-ended';
import { heapFor } from '../local-opensearch/heap';
import { ask, nodeFolder, startNode } from './support/node-folder';
import { setEnv } from './support/set-env';
import { temporaryFolder } from './support/temporary-folder';
import { unpackedServer } from './support/test-opensearch';

test('where OpenSearch is not installed, the error names the set-up and the alternatives', async (t) => {
  await assert.rejects(startLocalOpenSearch({ folder: temporaryFolder(t) }), {
    name: 'PhotoSearchError',
    message: /is not installed \(no .*server-3.*\): run `npm run setup`.*SERVICE_URI.*Docker/,
  });
});

test('a heap that is no size is named; else it is an eighth of the memory, from 512 MiB to 4 GiB', async (t) => {
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

describe('a node that can not start with its data says what is wrong with it', () => {
  const { folder: made, end } = nodeFolder();
  before(async () => {
    const { url } = await startNode(made);
    await ask(`${url}/kept`, { method: 'PUT' });
  });
  after(end);

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

  test('in use by another process', async (t) => {
    const folder = temporaryFolder(t);
    const paths = localOpenSearchPaths(folder);
    mkdirSync(paths.node);
    symlinkSync(localOpenSearchPaths(made).data, paths.data);
    assert.match(await failure(folder), /another process uses its data/);
    await stopLocalOpenSearch(made);
  });

  const unspoilt = () => undefined;
  const cases: [what: string, spoil: (paths: LocalOpenSearchPaths) => void, says: RegExp, javaOptions?: string[]][] = [
    [
      'files cut off',
      (paths) => {
        for (const file of stateFiles(paths)) if (!file.endsWith('.st')) truncateSync(file, 20);
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
        rmSync(data, { recursive: true });
        mkdirSync(data);
        writeFileSync(path.join(data, 'nodes'), 'in the way');
      },
      /ended while it started: ".*data\/nodes.*"\. Its log: .*SERVICE_URI/s,
    ],
  ];
  for (const [what, spoil, says, javaOptions = []] of cases) {
    test(what, async (t) => {
      const folder = temporaryFolder(t);
      cpSync(made, folder, { recursive: true });
      spoil(localOpenSearchPaths(folder));
      assert.match(await failure(folder, { javaOptions }), says);
    });
  }
});

function stateFiles({ data }: LocalOpenSearchPaths): string[] {
  const folder = path.join(data, 'nodes/0/_state');
  return readdirSync(folder).map((name) => path.join(folder, name));
}

test('a node that was killed is taken for one that ran out of memory; where it ended while it opened an index, the index is named', (t) => {
  const paths = localOpenSearchPaths(temporaryFolder(t));
  const killed = explainEnd(paths, { pid: 1, ended: { code: null, signal: 'SIGKILL' } });
  assert.match(killed.message, /it was killed \(SIGKILL\).*out of memory/);
  mkdirSync(paths.logs, { recursive: true });
  // What a server left behind whose plugin lacked a library, without its times and most of its lines.
  const lines = [
    '[INFO ][o.o.p.PluginsService     ] PluginService:onIndexModule index:[good/o0H4csL1Q-W_bywKHw4Q1Q]',
    '[INFO ][o.o.p.PluginsService     ] PluginService:onIndexModule index:[bad/TT4QVhmJQISxcmtpZ1kF9Q]',
    '[ERROR][o.o.b.OpenSearchUncaughtExceptionHandler] fatal error in thread [opensearch[workshop][generic][T#3]], exiting',
    'java.lang.UnsatisfiedLinkError: no opensearchknn_faiss_avx512 in java.library.path: /usr/lib',
    '\tat org.opensearch.index.shard.StoreRecovery.recoverFromStore(StoreRecovery.java:124)',
  ];
  writeFileSync(paths.log, `${lines.join('\n')}\n`);
  const { message } = explainEnd(paths, { pid: 1, ended: { code: 127, signal: null } });
  assert.match(message, /"java\.lang\.UnsatisfiedLinkError: no opensearchknn_faiss/);
  assert.match(message, /an index, probably 'bad', .*npm run opensearch -- set-aside bad\)\. Its log/);
});

test('a Java that is too old is passed over', async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(path.join(home, 'bin'));
  const program = path.join(home, 'bin/java');
  writeFileSync(program, `#!/bin/sh\necho 'openjdk version "17.0.1" 2021-10-19' >&2\n`, { mode: 0o755 });
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
  const text = readFileSync(file, 'latin1').replace(/(?<=node_version.)\d{9}/s, id);
  const bytes = Buffer.from(text, 'latin1');
  bytes.writeBigUInt64BE(BigInt(crc32(bytes.subarray(0, -8))), bytes.length - 8);
  writeFileSync(file, bytes);
}
