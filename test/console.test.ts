import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitsTable } from '../console/hits-table';
import { createProgress } from '../console/progress';
import { progressHtml, progressText } from '../console/progress-line';
import { formatBytes, formatSeconds } from '../console/units';
import { uploadTable } from '../console/upload-table';
import { photoHits } from '../lib/search';

test('a progress line tells count, rate, time left and the note, and a file’s name cannot put markup into it', () => {
  const halfWay = { label: '<b>', unit: 'photos', done: 33, total: 66, rate: 11, note: '"<script>' } as const;
  assert.equal(progressText(halfWay), '33 of 66 · 11 photos/s · 3.0 s left · "<script>');
  const html = progressHtml(halfWay);
  assert.doesNotMatch(html, /<b>|<script>/);
  assert.match(html, /&lt;b&gt;.*&quot;&lt;script&gt;/s);
});

test('a progress line stays within the terminal, and its end is whole', (t) => {
  const { isTTY, columns } = process.stderr;
  t.after(() => Object.assign(process.stderr, { isTTY, columns }));
  Object.assign(process.stderr, { isTTY: true, columns: 40 });
  const { mock } = t.mock.method(process.stderr, 'write', () => true);
  createProgress({ label: 'Photos', unit: 'photos', total: 9 }).finish('a long note');
  const [begin = '', end = ''] = mock.calls.map((call) => String(call.arguments[0]).replace('\r\x1b[K', ''));
  assert.equal(begin.length, 39);
  assert.match(end, /0 of 9 · a long note\n$/);
});

test('bytes and seconds are written as people read them', () => {
  const bytes = [999, 1000, 88_600_000, 351_685_709, 1_234_000_000].map(formatBytes);
  assert.deepEqual(bytes, ['999 B', '1.0 kB', '88.6 MB', '352 MB', '1.2 GB']);
  assert.deepEqual([0.84, 42.3, 200].map(formatSeconds), ['0.8 s', '42 s', '3 min 20 s']);
});

test('hits print as a table, one line a photo, that cannot command a terminal and stays short, whatever the index holds', () => {
  const huge = 'x'.repeat(1_000_000);
  const evil = 'a\u001b[31m\u009b2J\u202etxt\nb';
  const hits = photoHits({
    hits: {
      hits: [
        { _id: 'a.jpg', _score: 0.65, _source: { image_url: 'photos/a.jpg', title: 'A "1"', width: 7 } },
        { _id: 'b.jpg', _score: null, _source: { image_url: 5, title: ['x'], author: {} } },
        { _id: huge, _source: { image_url: huge, title: huge } },
        { _score: 1 },
        { _score: 1, _source: { image_url: '🎈'.repeat(100), title: evil } },
      ],
    },
  });
  const [, wrong, , bare] = hits;
  assert.deepEqual(
    [wrong?.image_url, wrong?.title, wrong?.author, wrong?.cosine],
    [undefined, undefined, undefined, NaN],
  );
  assert.equal(bare?.id, '');
  const table = hitsTable(hits, 7);
  assert.equal(table.split('\n').length, 6);
  assert.match(table, /^7 +0\.300 +photos\/a\.jpg +A "1"$/m);
  assert.doesNotMatch(table, /\p{Surrogate}/u, 'no character is cut in two');
  assert.ok(table.endsWith('a\\u001b[31m\\u009b2J\\u202etxt\\u000ab') && table.length < 1000, table);
});

const problems = (count: number, name: (i: number) => string, reason: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => ({ imageUrl: `photos/${name(i)}.jpg`, reason: reason(i) }));

test('the table has a line for each outcome that occurred; photos with the same reason share a line, many reasons are cut short, and a name stays on its line', () => {
  const table = uploadTable({
    ...{ indexed: 120, unchanged: 0, replaced: 0, moved: 3, removed: 0, warnings: [], seconds: 2.345 },
    dropped: problems(5, String, () => '429'),
    skipped: problems(
      15,
      (i) => `new\nline ${i}`,
      (i) => `reason ${i}`,
    ),
  });
  const lines = table.split('\n');
  const counts = ['indexed   120', 'unchanged   0', 'moved       3', 'skipped    15', 'dropped     5', 'in 2.3 s'];
  assert.deepEqual(lines.slice(0, 6), counts);
  assert.ok(lines.includes('dropped: photos/0.jpg, photos/1.jpg, photos/2.jpg and 2 more: 429'));
  assert.ok(lines.includes('skipped: photos/new\\nline 0.jpg: reason 0'));
  assert.ok(lines.includes('skipped: and 5 more problems'));
});
