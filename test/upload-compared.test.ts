import { test } from 'node:test';
import assert from 'node:assert/strict';
import { UploadError } from '../lib/upload';
import { uploadScene } from './support/upload-scene';

const count = 6;
const but002 = [{ drop: { if: "ctx.image_url != 'photos/002.jpg'" } }];
const pipelines: [does: string, setting: string, processors: object[], taken: number][] = [
  ['drops documents', 'default_pipeline', but002, 1],
  ['drops documents last', 'final_pipeline', but002, 1],
  ['changes a field', 'default_pipeline', [{ set: { field: 'title', value: 'changed' } }], 0],
  ['removes the vectors', 'default_pipeline', [{ remove: { field: 'embedding' } }], 0],
  ['gives all one address', 'default_pipeline', [{ set: { field: 'image_url', value: 'photos/one.jpg' } }], 0],
];
for (const [does, setting, processors, taken] of pipelines) {
  test(`an ingest pipeline that ${does} is named, and nothing that it met is counted as indexed; without it the next upload mends all`, async (t) => {
    const { client, index, upload, whole } = await uploadScene(t, count);
    await client.ingest.putPipeline({ id: index, body: { processors } });
    t.after(async () => {
      await client.indices.delete({ index, ignore_unavailable: true });
      await client.ingest.deletePipeline({ id: index });
    });
    const use = (id: string | null) => client.indices.putSettings({ index, body: { [`index.${setting}`]: id } });
    await use(index);
    await assert.rejects(upload(), (error: unknown) => {
      assert.ok(error instanceof UploadError);
      const { message, report } = error;
      assert.ok(message.includes(`the index's ingest pipeline '${index}' (index.${setting}) drops or`), message);
      assert.ok(message.includes(`PUT ${index}/_settings { "index.${setting}": null }`), message);
      assert.deepEqual([report.indexed, report.dropped.length], [taken, count - taken]);
      return true;
    });
    if (taken === 1) assert.deepEqual([...(await whole()).keys()], ['002.jpg']);
    await use(null);
    assert.equal((await upload()).unchanged, taken);
    assert.equal((await whole()).size, count);
    assert.equal((await upload()).unchanged, count);
  });
}

test('photos that another program deletes while they are uploaded are told', async (t) => {
  const { client, index, upload } = await uploadScene(t, count);
  const refresh = client.indices.refresh.bind(client.indices);
  t.mock.method(client.indices, 'refresh', async () => {
    await client.delete({ index, id: '003.jpg' }).catch(() => undefined);
    return refresh({ index });
  });
  const message = /did not take 1 photo; 5 of 6 .*photos\/003\.jpg: .*did another program change or delete it/s;
  await assert.rejects(upload(), { message });
});
