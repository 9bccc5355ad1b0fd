import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBackground } from '../further/judging/background';
import { fakeClip } from './support/fake-clip';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';

test('the background belongs to the index: drawn from all over it, the same each time, of new photos in proportion', async (t) => {
  const client = await testClient();
  const index = await emptyPhotoIndex(t, client, fakeClip({ dimension: 2 }).identity);
  /** Photo number n has the vector [1, n], which tells its number when it is read back. */
  const write = async (from: number, to: number) => {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    const body = numbers.flatMap((n) => [
      { index: { _id: `${n}.jpg` } },
      { embedding: [1, n], image_url: `photos/${n}.jpg` },
    ]);
    await client.bulk({ index, body, refresh: true });
  };
  const sample = async () => (await readBackground(client, index, 100)).map((vector) => vector[1] ?? NaN);
  await write(0, 400);
  const drawn = await sample();
  assert.equal(new Set(drawn).size, 100);
  for (const quarter of [0, 100, 200, 300]) {
    const inQuarter = drawn.filter((n) => n >= quarter && n < quarter + 100).length;
    assert.ok(inQuarter > 10 && inQuarter < 40, `${inQuarter} from ${quarter} on`);
  }

  await write(0, 400);
  await client.indices.forcemerge({ index, max_num_segments: 1 });
  const mapping = (await client.indices.getMapping({ index })).body;
  const readOnly = (is: boolean) => client.indices.putSettings({ index, body: { 'index.blocks.read_only': is } });
  await readOnly(true);
  assert.deepEqual(await sample(), drawn);
  await readOnly(false);
  assert.deepEqual((await client.indices.getMapping({ index })).body, mapping);

  await write(400, 800);
  const old = (await sample()).filter((n) => n < 400);
  assert.ok(old.length > 30 && old.length < 70, `${old.length} of 100 are old`);
  assert.ok(
    old.every((n) => drawn.includes(n)),
    'of the old ones only drawn ones stay',
  );
});
