import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { ModelIdentity } from '../lib/index-model';
import { photoIndexBody } from '../lib/photo-index';
import { repositoryRoot } from '../workshop/settings';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-devcontainer-dashboards';
const identity: ModelIdentity = { model: 'a/model', revision: '0', dtype: 'fp32', preprocessing: 'test', dimension: 2 };

async function send(request: string): Promise<{ status: number; text: string }> {
  const [, method, address = '', body = ''] = /^(\w+) (\S+)\n?([^]*)$/.exec(request) ?? [];
  const response = await fetch(`${await testOpenSearchUrl()}/${address}`, {
    // Dashboards' console sends a GET with a body, which fetch refuses; a search may be a POST as well.
    method: method === 'GET' && body !== '' ? 'POST' : method,
    headers: { 'content-type': 'application/json' },
    ...(body !== '' && { body }),
  });
  return { status: response.status, text: await response.text() };
}

before(async () => {
  await send(`DELETE ${index}`);
  assert.equal((await send(`PUT ${index}\n${JSON.stringify(photoIndexBody(identity))}`)).status, 200);
  const photo = { embedding: [1, 0], image_url: 'a.jpg', author: 'Ada', model: 'a/model' };
  await send(`PUT ${index}/_doc/a?refresh=true\n${JSON.stringify(photo)}`);
});

after(() => send(`DELETE ${index}`));

test('docs/dashboards.md: every request for Dev Tools is answered, each from the index of photos', async () => {
  const page = await readFile(path.join(repositoryRoot, 'docs', 'dashboards.md'), 'utf8');
  const requests = [...page.matchAll(/```http\n([^]*?)\n```/g)].map(([, request = '']) => request);
  assert.ok(requests.length >= 5);
  for (const request of requests) {
    const { status, text } = await send(request.replace('photos', index));
    assert.equal(status, 200, `${request}\n${text}`);
    if (request.includes('"size": 3')) assert.match(text, /"_source":\{"image_url":"a\.jpg"/);
    else assert.match(text, /"buckets":\[\{"key":"(Ada|a\/model)"|"dimension":2|test-devcontainer/);
  }
});

test('docs/dashboards.md: the query of notebook 3 is answered with a vector in its place', async () => {
  const page = await readFile(path.join(repositoryRoot, 'docs', 'dashboards.md'), 'utf8');
  const query = /```text\n([^]*?"knn"[^]*?)\n```/.exec(page)?.[1] ?? '';
  const { status, text } = await send(query.replace('photos', index).replace('[…]', '[0.6,0.8]'));
  assert.equal(status, 200, text);
  assert.match(text, /"hits":\[\{"_index":"test-devcontainer-dashboards","_id":"a","_score":0\.8/);
});
