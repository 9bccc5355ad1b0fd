import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import { indexSpaceType, photoHits, photoQuery, searchPhotos } from '../lib/search';
import { testClient } from './support/photo-indexes';

const spaceTypes = ['cosinesimil', 'innerproduct', 'l2'] as const;
const prefix = `test-space-type-${process.pid}`;
let client: Client;

before(async () => {
  client = await testClient();
});

after(() => client.indices.delete({ index: `${prefix}-*` }));

/** At this angle to [1, 0, 0], of length 1. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
}

async function createIndex(name: string, embedding: object): Promise<string> {
  const index = `${prefix}-${name}`;
  const properties = { embedding: { type: 'knn_vector', dimension: 3, ...embedding } };
  await client.indices.create({
    index,
    body: { settings: { index: { knn: true } }, mappings: { properties } as object },
  });
  return index;
}

const angles = [0, 1, 30, 60, 85, 90, 95, 120, 179, 180];

for (const spaceType of spaceTypes) {
  test(`the cosine is right whatever the angle, from the scores of space type ${spaceType}`, async () => {
    const method = { name: 'hnsw', engine: 'lucene', space_type: spaceType };
    const index = await createIndex(spaceType, { method });
    for (const angle of angles) {
      const embedding = Array.from(at(angle));
      await client.index({ index, id: String(angle), body: { embedding } });
    }
    await client.indices.refresh({ index });

    assert.equal(await indexSpaceType(client, index), spaceType);
    const vector = at(0);
    const { body } = await client.search({ index, body: photoQuery(vector, angles.length) });
    for (const hits of [photoHits(body, spaceType), await searchPhotos(client, { index, vector, k: angles.length })]) {
      assert.deepEqual(
        hits.map(({ id }) => Number(id)),
        angles,
      );
      for (const { id, cosine } of hits) {
        const expected = Math.cos((Number(id) * Math.PI) / 180);
        assert.ok(Math.abs(cosine - expected) < 1e-6, `${id}°: ${cosine}, not ${expected}`);
      }
    }
  });
}

test('the space type is found wherever the mapping has it, is l2 where it has none, and refused by name where it gives no cosine', async () => {
  const lucene = { name: 'hnsw', engine: 'lucene' };
  const beside = await createIndex('beside', { space_type: 'innerproduct', method: lucene });
  assert.equal(await indexSpaceType(client, beside), 'innerproduct');
  assert.equal(await indexSpaceType(client, await createIndex('none', { method: lucene })), 'l2');
  const method = { name: 'hnsw', engine: 'faiss', space_type: 'hamming' };
  const hamming = await createIndex('hamming', { dimension: 8, data_type: 'binary', method });
  await assert.rejects(indexSpaceType(client, hamming), /space type 'hamming'.*notebook 1/);
});
