import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { UploadError } from '../lib/upload';
import { uploadScene, type UploadScene } from './support/upload-scene';

const count = 6;

/** Six photos, and an index whose documents go through a pipeline first. */
async function withPipeline(
  t: TestContext,
  setting: 'default_pipeline' | 'final_pipeline',
  processors: object[],
): Promise<UploadScene> {
  const scene = await uploadScene(t, count);
  const { client, index } = scene;
  await client.ingest.putPipeline({ id: index, body: { processors } });
  t.after(async () => {
    await client.indices.delete({ index, ignore_unavailable: true });
    await client.ingest.deletePipeline({ id: index });
  });
  await client.indices.putSettings({ index, body: { [`index.${setting}`]: index } });
  return scene;
}

function toldOf({ index }: UploadScene, setting: string, indexed: number) {
  return (error: unknown) => {
    assert.ok(error instanceof UploadError);
    const { message, report } = error;
    assert.ok(message.includes(`the index's ingest pipeline '${index}' (index.${setting}) drops or`), message);
    assert.ok(message.includes(`PUT ${index}/_settings { "index.${setting}": null }`), message);
    assert.equal(report.indexed, indexed);
    assert.equal(report.dropped.length, count - indexed);
    return true;
  };
}

for (const setting of ['default_pipeline', 'final_pipeline'] as const) {
  test(`documents that an ingest pipeline drops (${setting}) are not counted as indexed, and the pipeline is named`, async (t) => {
    const scene = await withPipeline(t, setting, [{ drop: { if: "ctx.image_url != 'photos/002.jpg'" } }]);
    await assert.rejects(scene.upload(), toldOf(scene, setting, 1));
    assert.deepEqual([...(await scene.whole()).keys()], ['002.jpg']);
  });
}

test('documents that a pipeline changes are told, whatever it changes; without it the next upload mends them', async (t) => {
  for (const processors of [
    [{ set: { field: 'title', value: 'changed' } }],
    [{ remove: { field: 'embedding' } }],
    [{ set: { field: 'image_url', value: 'photos/one.jpg' } }],
  ]) {
    const scene = await withPipeline(t, 'default_pipeline', processors);
    const { client, index, upload, whole } = scene;
    await assert.rejects(upload(), toldOf(scene, 'default_pipeline', 0));
    await client.indices.putSettings({ index, body: { 'index.default_pipeline': null } });
    const report = await upload();
    assert.equal(report.unchanged, 0);
    assert.equal((await whole()).size, count);
    assert.equal((await upload()).unchanged, count);
  }
});

test('photos that another program deletes while they are uploaded are told', async (t) => {
  const { client, index, upload } = await uploadScene(t, count);
  const refresh = client.indices.refresh.bind(client.indices);
  t.mock.method(client.indices, 'refresh', async () => {
    await client.delete({ index, id: '003.jpg' }).catch(() => undefined);
    return refresh({ index });
  });
  await assert.rejects(
    upload(),
    /did not take 1 photo; 5 of 6 .*photos\/003\.jpg: .*did another program change or delete it/s,
  );
});
