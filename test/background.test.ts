import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { readBackground } from '../further/judging/background';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { testClient } from './support/photo-indexes';

const index = `test-background-${process.pid}`;
const identity = {
  model: 'test',
  revision: 'test',
  dtype: 'fp32',
  preprocessing: 'test',
  dimension: 2,
};
let client: Client;

before(async () => {
  client = await testClient();
  await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
});

after(async () => {
  await client.indices.delete({ index });
  await client.close();
});

/** Photo number n has the vector [1, n], so that its number can be read back. */
async function write(from: number, to: number): Promise<void> {
  const body = [];
  for (let n = from; n < to; n++) {
    body.push({ index: { _id: `${n}.jpg` } });
    body.push({ embedding: [1, n], image_url: `photos/${n}.jpg` });
  }
  await client.bulk({ index, body, refresh: true });
}

async function sample(): Promise<number[]> {
  return (await readBackground(client, index, 100)).map((vector) => vector[1] ?? NaN);
}

test('the background belongs to the index: the same each time, when photos are written again, and where nothing may be written', async () => {
  await write(0, 400);
  const drawn = await sample();
  assert.equal(new Set(drawn).size, 100);
  assert.deepEqual(await sample(), drawn);

  await write(0, 400);
  await client.indices.forcemerge({ index, max_num_segments: 1 });
  assert.deepEqual(await sample(), drawn);

  const before = await client.indices.getMapping({ index });
  await client.indices.putSettings({ index, body: { 'index.blocks.read_only': true } });
  assert.deepEqual(await sample(), drawn);
  await client.indices.putSettings({ index, body: { 'index.blocks.read_only': false } });
  assert.deepEqual((await client.indices.getMapping({ index })).body, before.body);
});

test('it is drawn from all over the index', async () => {
  const drawn = await sample();
  for (const quarter of [0, 100, 200, 300]) {
    const inQuarter = drawn.filter((n) => n >= quarter && n < quarter + 100).length;
    assert.ok(inQuarter > 10 && inQuarter < 40, `${inQuarter} from ${quarter} on`);
  }
});

test('when the index grows, new photos enter in proportion, and of the old ones only drawn ones stay', async () => {
  const drawn = new Set(await sample());
  await write(400, 800);
  const grown = await sample();
  const old = grown.filter((n) => n < 400);
  assert.ok(old.length > 30 && old.length < 70, `${old.length} of 100 are old`);
  assert.ok(old.every((n) => drawn.has(n)));
});
