import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitsTable } from '../console/hits-table';
import { photoHits } from '../lib/search';

const response = {
  hits: {
    hits: [
      { _id: 'a.jpg', _score: 0.65, _source: { image_url: 'photos/a.jpg', title: 'A', width: 7 } },
      { _id: 'b.jpg', _score: null, _source: { image_url: 5, title: ['x'], author: {} } },
      { _score: 1 },
    ],
  },
};

test('fields of the wrong type are left out, missing ones do no harm', () => {
  const [, wrong, bare] = photoHits(response);
  assert.deepEqual(
    [wrong?.image_url, wrong?.title, wrong?.author, wrong?.cosine],
    [undefined, undefined, undefined, NaN],
  );
  assert.equal(bare?.id, '');
});

test('a search result prints as a table, one line a photo', () => {
  const shown = hitsTable(photoHits(response));
  assert.equal(shown.split('\n').length, 4);
  assert.match(shown, /^1 +0\.300 +photos\/a\.jpg +A$/m);
});

test('a table cannot command a terminal, whatever the index holds', () => {
  const title = 'a\u001b[31m\u009b2J\u202etxt\nb';
  const shown = hitsTable(photoHits({ hits: { hits: [{ _id: 'x', _source: { title } }] } }), 7);
  assert.match(shown, /^7 /m);
  assert.ok(shown.endsWith('a\\u001b[31m\\u009b2J\\u202etxt\\nb'), shown);
});

test('a huge string in the index does not make the table huge', () => {
  const huge = 'x'.repeat(1_000_000);
  const hits = photoHits({
    hits: { hits: [{ _id: huge, _source: { image_url: huge, title: huge } }] },
  });
  assert.ok(hitsTable(hits).length < 500);
});
