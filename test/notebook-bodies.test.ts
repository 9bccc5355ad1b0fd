import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { photoFields, photoIndexBody } from '../lib/photo-index';
import type { ModelIdentity } from '../lib/index-model';
import { photoQuery } from '../lib/search';
import { readNotebook, sourceOf } from '../maintain/notebook-cells';

const root = path.resolve(__dirname, '..');

/** Runs a notebook's cell on the given variables, and returns the value of `expression` after it. */
async function evaluateCell(
  notebook: string,
  cellId: string,
  expression: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  const { cells } = await readNotebook(path.join(root, notebook));
  const cell = cells.find(({ id }) => id === cellId);
  assert.ok(cell, cellId);
  const source = `${sourceOf(cell)}\nreturn ${expression};`;
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the cell is ours, and this is its test
  const run = new Function(...Object.keys(variables), outputText) as (...values: unknown[]) => unknown;
  return run(...Object.values(variables));
}

const identity: ModelIdentity = {
  model: 'a/b',
  revision: 'c',
  dtype: 'fp32',
  preprocessing: 'sharp-1',
  dimension: 512,
};

test('the index that notebook 1 writes out is the one that lib/ makes', async () => {
  const body = await evaluateCell('1-prepare-opensearch.ipynb', 'body', 'body', { model: { identity }, photoFields });
  assert.deepEqual(body, photoIndexBody(identity));
});

test('the query that notebook 3 writes out is the one that lib/ sends', async () => {
  const vector = new Float32Array([0.6, 0.8]);
  const sent: unknown[] = [];
  const client = {
    search: (request: unknown) => {
      sent.push(request);
      return Promise.resolve({ body: { hits: { hits: [] } } });
    },
  };
  const query = (await evaluateCell('3-run-vector-search.ipynb', 'query', 'nearestPhotos', {
    settings: { indexName: 'photos' },
    client,
    photoHits: () => [],
  })) as (vector: Float32Array) => Promise<unknown>;
  await query(vector);
  assert.deepEqual(sent, [{ index: 'photos', body: photoQuery(vector, 3) }]);
});
