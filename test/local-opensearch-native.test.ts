import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brokenIndexes } from '../local-opensearch/broken-indexes';
import { findJava } from '../local-opensearch/java';
import { setIndexAside } from '../local-opensearch/set-aside';
import type { LocalNode } from '../local-opensearch/start';
import { repositoryRoot } from '../workshop/settings';
import { ask, nodeFolder, startNode } from './support/node-folder';
import { temporaryFolder } from './support/temporary-folder';
import { unpackedServer } from './support/test-opensearch';

const vector = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a server without native code', () => {
  const { folder, end } = nodeFolder();
  let node: LocalNode;
  before(async () => {
    node = await startNode(folder);
    await makeIndex('good', { method: { name: 'hnsw', engine: 'lucene' } });
    await addDocument('good');
    await ask(`${node.url}/good/_refresh`, { method: 'POST' });
  });
  after(end);

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
    rmSync(path.join(node.dataDir, 'nodes/0/indices', uuid, '0/translog'), { recursive: true });
    await ask(`${node.url}/lost/_open?wait_for_active_shards=0`, { method: 'POST' });

    const place = await setIndexAside('faiss', { folder, server: unpackedServer });
    assert(existsSync(path.join(place, '0/translog')), readdirSync(place).join());
    node = await startNode(folder);
    assert.equal((await fetch(`${node.url}/faiss`)).status, 404);
    assert.equal(await countGood(), 1);
    const broken = new Map((await brokenIndexes(node.url)).map(({ index, message }) => [index, message]));
    assert.deepEqual([...broken.keys()].sort(), ['bits', 'bytes', 'disk', 'lost', 'none']);
    assert.match(broken.get('disk') ?? '', /'disk' can't be opened: .*engine: 'lucene'.*set-aside disk$/);
    assert.match(broken.get('lost') ?? '', /'lost' can't be opened: its files are damaged \(.*translog/);
  });

  async function makeIndex(index: string, field: object): Promise<void> {
    const e = { type: 'knn_vector', dimension: 8, ...field };
    // A refresh of its own would be the one that fails.
    const body = { settings: { index: { knn: true, refresh_interval: '-1' } }, mappings: { properties: { e } } };
    await ask(`${node.url}/${index}`, { method: 'PUT', body });
  }

  async function addDocument(index: string, id = 1): Promise<void> {
    const body = { e: vector.map((number) => (number * (id + 3)) % 11) };
    await ask(`${node.url}/${index}/_doc/${id}`, { method: 'PUT', body });
  }

  async function countGood(): Promise<number> {
    return (await ask<{ count: number }>(`${node.url}/good/_count`)).count;
  }
});

test('no-native-code.jar holds what is written beside it', async (t) => {
  // The compiler beside the Java that runs the server, if it is a full JDK.
  const programs = path.dirname((await findJava()).command);
  const javac = path.join(programs, 'javac');
  if (!existsSync(javac)) {
    t.skip('this machine has no Java compiler of version 21 or newer');
    return;
  }
  const sources = path.join(repositoryRoot, 'local-opensearch/no-native-code');
  const files = readdirSync(sources).map((name) => path.join(sources, name));
  const classPath = ['plugins/opensearch-knn/*', 'lib/*'].map((jars) => path.join(unpackedServer, jars)).join(':');
  const [made, unpacked] = [temporaryFolder(t), temporaryFolder(t)];
  const options = ['--release', '21', '-g:none', '-nowarn', '-cp', classPath, '-d', made];
  execFileSync(javac, [...options, ...files.filter((file) => file.endsWith('.java'))], { stdio: 'ignore' });
  const jar = ['--extract', '--file', path.join(sources, 'no-native-code.jar')];
  execFileSync(path.join(programs, 'jar'), jar, { cwd: unpacked });
  const classesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.class'))
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name), 'base64')]);
  assert.deepEqual(classesIn(unpacked), classesIn(made));
});
