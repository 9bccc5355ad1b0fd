import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatSeconds, progressHtml, progressText } from '../console/progress-line';

const halfWay = { label: 'Photos', unit: 'photos', done: 33, total: 66, rate: 11 } as const;

test('a progress line tells count, rate, time left and the note', () => {
  assert.equal(progressText({ ...halfWay, note: '2 skipped' }), '33 of 66 · 11 photos/s · 3.0 s left · 2 skipped');
});

test('bytes and seconds are written as people read them', () => {
  const bytes = [999, 1000, 88_600_000, 351_685_709, 1_234_000_000].map(formatBytes);
  assert.deepEqual(bytes, ['999 B', '1.0 kB', '88.6 MB', '352 MB', '1.2 GB']);
  const seconds = [0.84, 42.3, 200].map(formatSeconds);
  assert.deepEqual(seconds, ['0.8 s', '42 s', '3 min 20 s']);
});

test("a file's name cannot put markup into the line", () => {
  const html = progressHtml({ ...halfWay, label: '<b>', note: '"<script>' });
  assert.ok(!html.includes('<b>') && !html.includes('<script>'));
  assert.match(html, /&lt;b&gt;.*&quot;&lt;script&gt;/s);
});
