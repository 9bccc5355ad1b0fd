import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from '@opensearch-project/opensearch';
import { createPhotoIndex, type PhotoIndexBody } from '../lib/photo-index';
import { transportTo } from '../workshop/opensearch/transport';
import { testOpenSearchUrl } from './support/test-opensearch';

const settings = { index: { knn: true } };
const vector = { type: 'knn_vector', dimension: 3 };
const withMethod = (method: object, more: object = {}) => ({ ...vector, method, ...more });
const bodyWith = (embedding: object) => ({ settings, mappings: { properties: { embedding } } });
const ownClient = (url: string, local = true) => {
  const reached = { host: 'here', secure: false, local };
  return new Client({ node: url, Transport: transportTo(reached, { patienceMs: 0, notice: () => undefined }) });
};

const noEngine = bodyWith(vector);
const refused: [string, string, string, unknown][] = [
  ['no method, as the Python original', 'PUT', '/refused', noEngine],
  ['faiss', 'PUT', '/refused', bodyWith(withMethod({ name: 'hnsw', engine: 'faiss' }))],
  ['a method without engine', 'PUT', '/refused', bodyWith(withMethod({ name: 'hnsw' }))],
  ['a model', 'PUT', '/refused', bodyWith({ type: 'knn_vector', model_id: 'mine' })],
  ['settings in dots', 'PUT', '/refused', { ...noEngine, settings: { 'index.knn': 'true' } }],
  ['a nested field', 'PUT', '/refused', bodyWith({ type: 'nested', properties: { embedding: vector } })],
  ['a new field', 'PUT', '/refused/_mapping', noEngine.mappings],
  ['a template', 'PUT', '/_index_template/refused', { index_patterns: ['refused*'], template: noEngine }],
  ['a component template', 'PUT', '/_component_template/refused', { template: noEngine }],
];

test('our own server is not asked for what only native code can index; another cluster is asked for whatever is written', async (t) => {
  // Nobody listens there: a request that is sent fails with another message.
  const [own, other] = [ownClient('http://127.0.0.1:1'), ownClient('http://127.0.0.1:1', false)];
  t.after(() => Promise.all([own.close(), other.close()]));
  for (const [what, method, path, body] of refused) {
    await assert.rejects(
      own.transport.request({ method, path, body: body as object }),
      { name: 'PhotoSearchError', message: /no native code.*field 'embedding'.*engine: 'lucene'/ },
      what,
    );
  }
  const sent = { name: 'RequestError', message: /^Nothing listens/ };
  await assert.rejects(other.indices.create({ index: 'refused', body: noEngine }), sent);
});

/** A client for the tests' own server, where the index and its template are gone after the test. */
async function scene(t: TestContext): Promise<{ client: Client; index: string }> {
  const client = ownClient(await testOpenSearchUrl());
  const index = 'test-native';
  t.after(async () => {
    await client.indices.delete({ index: `${index}*`, ignore_unavailable: true });
    await client.close();
  });
  return { client, index };
}

const lucene = { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' };
const taken: [string, object, number[]][] = [
  ['lucene', bodyWith(withMethod(lucene)), [1, 2, 3]],
  ['lucene, one bit a number', bodyWith(withMethod(lucene, { compression_level: '32x' })), [1, 2, 3]],
  ['the method flat', bodyWith(withMethod({ name: 'flat' })), [1, 2, 3]],
  ['four times compressed', bodyWith({ ...vector, compression_level: '4x' }), [1, 2, 3]],
  ['bytes in lucene', bodyWith(withMethod({ name: 'hnsw', engine: 'lucene' }, { data_type: 'byte' })), [1, 2, 3]],
];

for (const [what, body, embedding] of taken) {
  test(`our own server indexes and finds: ${what}`, async (t) => {
    const { client, index } = await scene(t);
    await client.transport.request({ method: 'PUT', path: `/${index}`, body });
    await client.index({ index, id: '1', body: { embedding }, refresh: true });
    const query = { knn: { embedding: { vector: embedding, k: 1 } } };
    const found = await client.search({ index, body: { query } });
    assert.equal(found.body.hits.hits[0]?._id, '1');
  });
}

test('vectors that nothing indexes need no engine, and documents are not looked into; a new field of an index with index.knn is refused', async (t) => {
  const { client, index } = await scene(t);
  await client.indices.create({ index });
  await client.indices.putMapping({ index, body: noEngine.mappings });
  await client.index({ index, id: '1', body: { note: vector, settings } });
  const body = { index_patterns: [`${index}-too`], template: { mappings: noEngine.mappings } };
  await client.indices.putIndexTemplate({ name: index, body });
  await client.indices.create({ index: `${index}-too` });
  await client.indices.deleteIndexTemplate({ name: index });
  await client.indices.create({ index: `${index}-on`, body: { settings } });
  const refused = client.indices.putMapping({ index: `${index}-on`, body: noEngine.mappings });
  await assert.rejects(refused, { name: 'PhotoSearchError', message: /no native code/ });
});

test('an index with photos stays where we refuse the vectors of a new body for it', async (t) => {
  const { client, index } = await scene(t);
  await client.index({ index, id: '1', body: { title: 'a photo' }, refresh: true });
  const body = bodyWith(withMethod({ name: 'hnsw', engine: 'faiss' })) as PhotoIndexBody;
  await assert.rejects(createPhotoIndex(client, { index, body, recreate: true }), { message: /no native code/ });
  assert.equal((await client.count({ index })).body.count, 1);
});
