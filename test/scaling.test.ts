import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Results } from '../bench/results';
import { fillIndex } from '../bench/scale/fill';
import { neighbourStatistics } from '../bench/scale/neighbour-statistics';
import { identity } from '../bench/scale/photo-documents';
import { photoLikeVectors } from '../bench/scale/photo-like-vectors';
import type { ScaleResults } from '../bench/scale/scale-results';
import { scalingAnswer, scalingTables } from '../bench/scale/scaling-page';
import { findTruths, measureSearches, positionsOf } from '../bench/scale/searches';
import { photoIndexBody } from '../lib/photo-index';
import { connectOpenSearch } from '../workshop/opensearch';
import { readSettings, repositoryRoot } from '../workshop/settings';
import { testOpenSearchUrl } from './support/test-opensearch';

function read(name: string): string {
  return readFileSync(path.join(repositoryRoot, name), 'utf8');
}

test('docs/scaling.md says what its program says', () => {
  const scale = JSON.parse(read('bench/results-scale.json')) as ScaleResults;
  const encoding = JSON.parse(read('bench/results.json')) as Results;
  for (const part of [scalingAnswer(scale, encoding), scalingTables(scale, encoding)]) {
    assert(read('docs/scaling.md').includes(`\n\n${part.trim()}\n\n`), 'npm run bench:scaling writes it');
  }
});

test("made-up vectors lie to each other as the photos' do, and are the same each time", () => {
  const { neighbours } = JSON.parse(read('bench/results-scale.json')) as ScaleResults;
  const { photos } = neighbours;
  const made = neighbourStatistics(photoLikeVectors(photos.count));
  for (const figure of ['pairMean', 'pairSd', 'nearest', 'tenth'] as const) {
    assert(Math.abs(made[figure] - photos[figure]) < 0.05, `${figure}: ${made[figure]}`);
    assert(Math.abs(made[figure] - neighbours.madeUp[figure]) < 1e-3, figure);
  }
});

test('both ways of uploading bring in all, and searches with and without a filter find the true neighbours', async (t) => {
  const url = await testOpenSearchUrl();
  const client = await connectOpenSearch(readSettings({ SERVICE_URI: url }, '/none'));
  const index = 'test-scaling';
  t.after(async () => {
    await client.indices.delete({ index });
    await client.close();
  });
  await client.indices.create({ index, body: photoIndexBody(identity, { photos: 2000 }) });
  const drawn = photoLikeVectors(2010);
  const vectors = drawn.slice(0, 2000);
  const filled = await fillIndex(client, { url, index }, vectors);
  assert(filled.uploadDocsPerSecond > 0 && filled.rawDocsPerSecond > 0);
  assert(filled.ownShare > 0 && filled.ownShare < 2);
  const { body } = await client.count({ index });
  assert.equal(body.count, 2000);
  const { truths } = findTruths(drawn.slice(2000), vectors);
  const search = { truths, vectors, positions: positionsOf(2000) };
  for (const share of [undefined, 0.01, 0.5]) {
    const { recall, p50, p99 } = await measureSearches(client, index, {
      ...search,
      share,
      clients: 2,
    });
    assert(recall > 0.99, `${share}: ${recall}`);
    assert(p50 > 0 && p99 >= p50);
  }
});
