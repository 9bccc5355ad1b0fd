import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { Client } from '@opensearch-project/opensearch';
import { adviseOnErrors, createPhotoIndex, findPhotos, photoIndexBody, uploadPhotos } from '../lib/index';
import { advice } from '../workshop/advice';
import { photoSearch } from '../further/combinations/photo-search';
import { repositoryRoot } from '../workshop/settings';
import { examineAll } from '../tools/doctor/examine-all';
import { fakeClip } from './support/fake-clip';
import { writePhotos } from './support/photo-files';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

adviseOnErrors((code) => advice[code]);

const clip = fakeClip();
const index = `test-problem-${process.pid}`;

function photoBody(): Required<ReturnType<typeof photoIndexBody>> {
  return photoIndexBody(clip.identity) as Required<ReturnType<typeof photoIndexBody>>;
}

/** The same sentence at the upload, at the search, and by the doctor. */
async function toldEverywhere(t: TestContext, client: Client, expected: RegExp): Promise<void> {
  const photos: never[] = [];
  const explained = { name: 'PhotoSearchError', message: expected };
  const upload = uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  await assert.rejects(upload, explained);
  const search = photoSearch(clip, client, { index, photosDir: temporaryFolder(t) });
  await assert.rejects(search({ text: 'a beach' }), explained);
  const env = { SERVICE_URI: await testOpenSearchUrl(), INDEX_NAME: index, CLIP_MODEL: 'built-in' };
  for await (const { what, state, says } of examineAll(repositoryRoot, env)) {
    if (what !== 'Index') continue;
    assert.equal(state, 'wrong');
    assert.match(says, expected);
    return;
  }
  assert.fail('the doctor says nothing about the index');
}

/** Makes the index with this body, gone after the test. */
async function make(t: TestContext, body: object): Promise<Client> {
  const client = await testClient();
  await client.indices.create({ index, body });
  t.after(() => client.indices.delete({ index }));
  return client;
}

test('a closed index: how it is opened', async (t) => {
  const client = await make(t, photoBody());
  await client.indices.close({ index });
  const expected = new RegExp(`^Index '${index}' is closed: open it with POST ${index}/_open`);
  await toldEverywhere(t, client, expected);
  // Also where only the request itself tells.
  await assert.rejects(client.search({ index }), { message: expected });
  await assert.rejects(client.count({ index }), { message: expected });
});

const { mappings } = photoBody();
const withField = (field: object) => ({ ...mappings, properties: { ...mappings.properties, ...field } });
const unusable: [what: string, body: object, says: RegExp, request?: object, answer?: RegExp][] = [
  [
    "has a text as 'image_url': made again",
    { ...photoBody(), mappings: withField({ image_url: { type: 'text' } }) },
    /^Index '.*' can't be sorted by 'image_url', which is of type 'text' instead of 'keyword': .*recreate/,
    { sort: ['image_url'] },
    /^The index can't be sorted by 'image_url', which is of type 'text'/,
  ],
  [
    'was not made for k-NN, in which a search would find nothing in silence: made again',
    { mappings: withField({ embedding: { type: 'knn_vector', dimension: clip.dimension } }) },
    /^Index '.*' was not made for k-NN .*recreate set to true/,
  ],
];
for (const [what, body, says, request, answer] of unusable) {
  test(`an index that ${what}`, async (t) => {
    const client = await make(t, body);
    await toldEverywhere(t, client, says);
    if (request) await assert.rejects(client.search({ index, body: request }), { message: answer });
  });
}

test('a search for more documents than an index gives at a time: which setting', async (t) => {
  const client = await make(t, { mappings, settings: { index: { knn: true, max_result_window: 100 } } });
  const message = /^The index gives at most 100 documents at a time: .*index\.max_result_window/;
  await assert.rejects(client.search({ index, body: { size: 500 } }), { message });
});

/** An index template for `index`, gone after the test. */
async function putTemplate(t: TestContext, client: Client, body: object): Promise<void> {
  const name = `${index}-template`;
  await client.indices.putIndexTemplate({ name, body: { index_patterns: [`${index}*`], ...body } });
  t.after(() => client.indices.deleteIndexTemplate({ name }, { ignore: [404] }));
}

test('an index template that takes vectors out of _source: said before a photo is uploaded', async (t) => {
  const client = await testClient();
  await putTemplate(t, client, { template: { mappings: { _source: { excludes: ['embedding'] } } } });
  await make(t, photoBody());
  await toldEverywhere(
    t,
    client,
    /^Index '.*' does not store whole documents .*"excludes":\["embedding"\].*GET _index_template.*recreate/,
  );
});

test('recreate works beside an index template for all names of this kind, and deletes nothing where one clashes with the new body', async (t) => {
  const client = await make(t, photoBody());
  const recreate = () => createPhotoIndex(client, { index, body: photoBody(), recreate: true });
  await client.index({ index, id: '1', body: { title: 'a photo' }, refresh: true });
  await putTemplate(t, client, {});
  await recreate();
  assert.equal((await client.count({ index })).body.count, 0);
  await client.index({ index, id: '1', body: { title: 'a photo' }, refresh: true });
  const properties = { title: { properties: { english: { type: 'text' } } } };
  await putTemplate(t, client, { template: { mappings: { properties } } });
  await assert.rejects(recreate(), { name: 'RequestError', message: /title/ });
  assert.equal((await client.count({ index })).body.count, 1);
  const { body } = await client.indices.get({ index: `${index}*` });
  assert.deepEqual(Object.keys(body), [index], 'and nothing is left beside it');
});

test('an index whose vectors or fields are not as the body says is left, and what differs is named', async (t) => {
  const method = { name: 'hnsw', engine: 'lucene', space_type: 'l2' };
  const body = {
    ...photoBody(),
    mappings: withField({ embedding: { type: 'knn_vector', dimension: clip.dimension, method } }),
  };
  const client = await make(t, body);
  const rated = { ...photoBody(), mappings: withField({ rating: { type: 'byte' } }) };
  const there = await createPhotoIndex(client, { index, body: rated });
  assert.ok('already_there' in there);
  const differs = 'embedding.method.space_type is "l2" instead of "cosinesimil", rating is missing';
  assert.equal(there.differs, `Its fields differ from the body's: ${differs}.`);
  assert.ok(!('differs' in (await createPhotoIndex(client, { index, body }))));
});

test('an alias is filled like its index, but recreate says that it can’t be made again, and deletes nothing', async (t) => {
  const client = await testClient();
  const real = `${index}-v1`;
  await createPhotoIndex(client, { index: real, body: photoBody() });
  t.after(() => client.indices.delete({ index: real }));
  await client.indices.putAlias({ index: real, name: index });
  const photosDir = temporaryFolder(t);
  await writePhotos(photosDir, 2);
  const { photos } = await findPhotos(photosDir);
  const report = await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  assert.equal(report.indexed, 2);
  const there = await createPhotoIndex(client, { index, body: photoBody() });
  assert.ok('already_there' in there);
  const expected = `'${index}' is an alias of '${real}', and an alias can't be recreated`;
  assert.equal(there.start_over, `${expected}.`);
  await assert.rejects(createPhotoIndex(client, { index, body: photoBody(), recreate: true }), {
    message: `${expected}: ${advice['index-is-alias']}.`,
  });
  assert.equal((await client.count({ index: real })).body.count, 2);
});

test('an alias of two indexes, whose models may differ: which they are', async (t) => {
  const client = await testClient();
  for (const version of ['v1', 'v2']) {
    const real = `${index}-${version}`;
    await createPhotoIndex(client, { index: real, body: photoBody() });
    t.after(() => client.indices.delete({ index: real }));
    await client.indices.putAlias({ index: real, name: index });
  }
  await toldEverywhere(
    t,
    client,
    /^'.*' is an alias of 2 indexes \('.*-v1', '.*-v2'\): set INDEX_NAME to the name of one index/,
  );
});

test('a data stream takes no photos, and recreate leaves it alone', async (t) => {
  const client = await testClient();
  const name = `${index}-stream`;
  await client.indices.putIndexTemplate({ name, body: { index_patterns: [index], data_stream: {} } });
  t.after(async () => {
    await client.indices.deleteDataStream({ name: index });
    await client.indices.deleteIndexTemplate({ name });
  });
  await client.indices.createDataStream({ name: index });
  const expected = /^'.*' is a data stream, .*set INDEX_NAME to .*another name/;
  await toldEverywhere(t, client, expected);
  await assert.rejects(createPhotoIndex(client, { index, body: photoBody(), recreate: true }), { message: expected });
  const { body } = await client.indices.getDataStream({ name: index });
  assert.equal(body.data_streams.length, 1);
});
