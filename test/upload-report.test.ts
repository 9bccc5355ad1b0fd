import { test } from 'node:test';
import assert from 'node:assert/strict';
import { uploadTable } from '../console/upload-table';

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
