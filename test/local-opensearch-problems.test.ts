import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findJava } from '../lib/local-opensearch/java';
import { localOpenSearchPaths } from '../lib/local-opensearch/paths';
import { startLocalOpenSearch } from '../lib/local-opensearch/start';
import { explainEnd } from '../lib/local-opensearch/why-it-ended';
import { temporaryFolder } from './support/temporary-folder';
import { unpackedServer } from './support/test-opensearch';

test('where OpenSearch is not installed, the error names the set-up and the alternatives', async (t) => {
  await assert.rejects(startLocalOpenSearch({ folder: temporaryFolder(t) }), {
    name: 'WorkshopError',
    message: /is not installed \(no .*server-3.*\): run `npm run setup`.*SERVICE_URI.*Docker/,
  });
});

test('a heap that is no size is named', async () => {
  process.env.OPENSEARCH_HEAP_MB = '1g';
  try {
    await assert.rejects(startLocalOpenSearch(), { message: /OPENSEARCH_HEAP_MB is "1g".*MiB/ });
  } finally {
    delete process.env.OPENSEARCH_HEAP_MB;
  }
});

test('a node that ends while it starts gives its reason and its log', async (t) => {
  const folder = temporaryFolder(t);
  const options = { folder, server: unpackedServer, javaOptions: ['-XX:NoSuchOption'] };
  await assert.rejects(startLocalOpenSearch(options), (error: Error) => {
    assert.equal(error.name, 'WorkshopError');
    assert.match(error.message, /NoSuchOption/);
    assert(error.message.includes(localOpenSearchPaths(folder).console));
    assert.match(error.message, /SERVICE_URI/);
    return true;
  });
});

test('a heap larger than the machine is explained as lack of memory', async (t) => {
  const folder = temporaryFolder(t);
  const javaOptions = ['-Xmx64t', '-Xms64t', '-XX:+AlwaysPreTouch'];
  await assert.rejects(startLocalOpenSearch({ folder, server: unpackedServer, javaOptions }), {
    message: /not enough memory \(\d+ MB of \d+ MB free\).*OPENSEARCH_HEAP_MB/,
  });
});

test('a disk that fills up is explained as such', (t) => {
  const paths = localOpenSearchPaths(temporaryFolder(t));
  mkdirSync(paths.logs, { recursive: true });
  writeFileSync(paths.log, '[ERROR] java.io.IOException: No space left on device\n');
  const { message } = explainEnd(paths, { pid: 1, ended: { code: 1, signal: null } });
  assert.match(message, /the disk is full. Free some space/);
});

test('a node that was killed is taken for one that ran out of memory', (t) => {
  const paths = localOpenSearchPaths(temporaryFolder(t));
  const { message } = explainEnd(paths, { pid: 1, ended: { code: null, signal: 'SIGKILL' } });
  assert.match(message, /it was killed \(SIGKILL\).*out of memory/);
});

test('a Java that is too old is passed over', async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(path.join(home, 'bin'));
  const program = path.join(home, 'bin/java');
  writeFileSync(program, `#!/bin/sh\necho 'openjdk version "17.0.1" 2021-10-19' >&2\n`);
  chmodSync(program, 0o755);
  process.env.JAVA_HOME = home;
  try {
    const java = await findJava();
    assert.notEqual(java.command, program);
    assert(Number(java.version.split('.')[0]) >= 21, java.version);
  } finally {
    delete process.env.JAVA_HOME;
  }
});
