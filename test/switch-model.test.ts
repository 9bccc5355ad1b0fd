import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { Client } from '@opensearch-project/opensearch';
import { indexOfModel, switchModel } from '../further/switch-model/switch-model';
import { indexModel } from '../lib/opensearch/index-model';
import { readIndexInfo } from '../lib/opensearch/index-info';
import { createPhotoIndex, findPhotos, type Photo, photoIndexBody, uploadPhotos } from '../lib/index';
import { readNotebook } from '../maintain/notebook-cells';
import { repositoryRoot } from '../workshop/settings';
import { fakeClip } from './support/fake-clip';
import { testClient } from './support/photo-indexes';

const index = 'test-switch';
const [first, second] = [fakeClip({ revision: 'r1' }), fakeClip({ revision: 'r2', dimension: 32 })];
const names = [first, second].map(({ identity }) => indexOfModel(index, identity));
let client: Client;
let photos: Photo[];

before(async () => {
  client = await testClient();
  photos = (await findPhotos(path.join(repositoryRoot, 'photos'))).photos.slice(0, 12);
  await client.indices.delete({ index: [index, ...names], ignore_unavailable: true });
  await createPhotoIndex(client, { index, body: photoIndexBody(first.identity) });
  await uploadPhotos(client, { index, clip: first, photos });
});

after(() => client.indices.delete({ index: [index, ...names], ignore_unavailable: true }));

async function behind(): Promise<{ names: string[]; photos: number; revision: string }> {
  const { body } = await client.indices.get({ index });
  const { count } = (await client.count({ index })).body;
  const { revision } = await indexModel(client, index);
  return { names: Object.keys(body), photos: count, revision };
}

test('an upload that is stopped leaves the old index in place, one that lacks photos is not switched to, and a switch that fails leaves the old index open to writes', async () => {
  const signal = AbortSignal.abort(new Error('interrupted'));
  await assert.rejects(switchModel(client, { index, clip: second, photos, signal }), /Interrupted/);
  await assert.rejects(
    switchModel(client, { index, clip: second, photos: photos.slice(1) }),
    /^PhotoSearchError: Nothing is switched: 1 of the 12 photos in 'test-switch' are not in 'test-switch-model-\w{8}' \(.*jpg\)\. Put their files back/,
  );
  const elsewhere = photos.map((photo) => ({ ...photo, id: `other/${photo.id}` }));
  await assert.rejects(
    switchModel(client, { index, clip: second, photos: elsewhere }),
    /none of the 12 photos in 'test-switch' is among the 12 given, such as .*photos.*Set PHOTOS_DIR/,
  );
  const readOnly = (value: true | null) =>
    client.indices.putSettings({ index: names[1], body: { 'index.blocks.read_only': value } });
  await readOnly(true);
  const unswitched = switchModel(client, { index, clip: second, photos: photos.slice(1), allowMissing: true });
  await assert.rejects(unswitched, /read-only/);
  await readOnly(null);
  assert.equal((await readIndexInfo(client, index))?.settings['index.blocks.write'], undefined, 'takes photos');
  assert.deepEqual(await behind(), { names: [index], photos: 12, revision: 'r1' });
});

test('a switch that was killed while it copied leaves the old index blocked: with the old model again it is open, with the new one it goes on', async () => {
  const block = () => client.indices.putSettings({ index, body: { 'index.blocks.write': true } });
  await block();
  await switchModel(client, { index, clip: first, photos });
  assert.equal((await readIndexInfo(client, index))?.settings['index.blocks.write'], undefined);
  await block(); // until the next test
});

test('the name moves to the new model, without a search that fails, and the old index is kept', async () => {
  let [searches, searching] = [0, true];
  const failures: unknown[] = [];
  const load = (async () => {
    while (searching) {
      await client.count({ index }).catch((error: unknown) => failures.push(error));
      searches++;
    }
  })();
  const { now, kept, report } = await switchModel(client, { index, clip: second, photos });
  searching = false;
  await load;
  assert.deepEqual(failures, []);
  assert(searches > 0);
  assert.deepEqual([now, kept], [names[1], [names[0]]]);
  assert.deepEqual([report?.indexed, report?.unchanged], [1, 11], 'it goes on where it stopped');
  assert.deepEqual(await behind(), { names: [names[1]], photos: 12, revision: 'r2' });
  assert.equal((await client.count({ index: names[0] })).body.count, 12);
});

test('notebook 1 shows the field of the vectors also where its index has become an alias', async () => {
  const { cells } = await readNotebook(path.join(repositoryRoot, '1-prepare-opensearch.ipynb'));
  const [ask = '', show = ''] =
    cells
      .find(({ id }) => id === 'look')
      ?.source.join('')
      .split('\n\n') ?? [];
  const context = { client, settings: { indexName: index } };
  const shown: unknown = await runInNewContext(`(async () => { ${ask}; return ${show} })()`, context);
  assert.equal((shown as { type?: string } | undefined)?.type, 'knn_vector');
});

test('it goes back to the index that was kept, without what was deleted since; that takes photos again, and the other can be dropped', async () => {
  await client.delete({ index, id: photos[0]?.id ?? '' });
  const { report } = await switchModel(client, { index, clip: first, photos: photos.slice(1), keepOld: false });
  assert.deepEqual([report?.indexed, report?.unchanged, report?.removed], [0, 11, 1]);
  assert.deepEqual(await behind(), { names: [names[0]], photos: 11, revision: 'r1' });
  assert.equal((await client.indices.exists({ index: names[1] ?? '' })).body, false);
  const again = await uploadPhotos(client, { index, clip: first, photos });
  assert.deepEqual([again.indexed, again.unchanged], [1, 11]);
  assert.deepEqual(await switchModel(client, { index, clip: first, photos }), { now: names[0], kept: [] });
});

test('what was kept is named by a later call, which can delete it, and nothing else', async (t) => {
  const other = `${index}-model-0badcafe`; // a folder named `model` has such an index
  await createPhotoIndex(client, { index: other, body: photoIndexBody(first.identity) });
  t.after(() => client.indices.delete({ index: other }));
  const again = { index, clip: second, photos };
  await switchModel(client, again);
  assert.deepEqual(await switchModel(client, again), { now: names[1], kept: [names[0]] });
  assert.deepEqual(await switchModel(client, { ...again, keepOld: false }), { now: names[1], kept: [] });
  assert.deepEqual(await switchModel(client, again), { now: names[1], kept: [] });
  assert.ok((await client.indices.exists({ index: other })).body);
});

test('going back to what was kept gives back the photos that a switch went without, as their files were gone', async () => {
  const fewer = photos.slice(1);
  await switchModel(client, { index, clip: first, photos: fewer, allowMissing: true });
  assert.equal((await behind()).photos, 11);
  const { report } = await switchModel(client, { index, clip: second, photos: fewer });
  assert.deepEqual([report?.removed, (await behind()).photos], [0, 12]);
});

test('a switch that another one has overtaken changes nothing: what that one has kept is still there', async (t) => {
  const twice = 'test-switch-twice';
  const kept = indexOfModel(twice, first.identity);
  t.after(() => client.indices.delete({ index: `${twice}*` }));
  await createPhotoIndex(client, { index: twice, body: photoIndexBody(first.identity) });
  await uploadPhotos(client, { index: twice, clip: first, photos });
  const embedPixels: typeof second.embedPixels = async (batch) => {
    await switchModel(client, { index: twice, clip: second, photos });
    return second.embedPixels(batch);
  };
  const later = switchModel(client, { index: twice, clip: { ...second, embedPixels }, photos });
  await assert.rejects(
    later,
    /Nothing is switched: another run has switched 'test-switch-twice' to 'test-switch-twice-model-\w{8}' meanwhile/,
  );
  assert.equal((await client.count({ index: kept })).body.count, 12);
});

test('a switch begun before another one that is copying does not take its copy away', async (t) => {
  const twice = 'test-switch-copying';
  const copy = indexOfModel(twice, first.identity);
  t.after(() => client.indices.delete({ index: `${twice}*` }));
  await createPhotoIndex(client, { index: twice, body: photoIndexBody(first.identity) });
  await uploadPhotos(client, { index: twice, clip: first, photos });
  const embedPixels: typeof second.embedPixels = async (batch) => {
    await client.indices.putSettings({ index: twice, body: { 'index.blocks.write': true } });
    return second.embedPixels(batch);
  };
  await client.indices.create({ index: copy });
  const later = switchModel(client, { index: twice, clip: { ...second, embedPixels }, photos });
  await assert.rejects(later, /Nothing is switched: another run is about to switch 'test-switch-copying'/);
  assert.ok((await client.indices.exists({ index: copy })).body);
});
