import { test } from 'node:test';
import assert from 'node:assert/strict';
import { uploadTable } from '../console/upload-table';
import type { UploadReport } from '../lib/upload';

const empty: UploadReport = {
  ...{ indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0 },
  ...{ warnings: [], skipped: [], dropped: [], seconds: 2.345 },
};

test('the table has a line for each outcome that occurred, and one for each photo that is not in the index', () => {
  const skipped = [{ imageUrl: 'photos/a.jpg', reason: 'is not a picture' }];
  const table = uploadTable({ ...empty, indexed: 120, moved: 3, skipped });
  assert.deepEqual(table.split('\n'), [
    'indexed   120',
    'unchanged   0',
    'moved       3',
    'skipped     1',
    'in 2.3 s',
    'skipped: photos/a.jpg: is not a picture',
  ]);
});

test('photos with the same reason share a line, many reasons are cut short, and a name stays on its line', () => {
  const dropped = Array.from({ length: 5 }, (_, i) => ({
    imageUrl: `photos/${i}.jpg`,
    reason: '429',
  }));
  const skipped = Array.from({ length: 15 }, (_, i) => ({
    imageUrl: `photos/new\nline ${i}.jpg`,
    reason: `reason ${i}`,
  }));
  const lines = uploadTable({ ...empty, skipped, dropped }).split('\n');
  assert.ok(lines.includes('dropped: photos/0.jpg, photos/1.jpg, photos/2.jpg and 2 more: 429'));
  assert.ok(lines.includes('skipped: photos/new\\nline 0.jpg: reason 0'));
  assert.ok(lines.includes('skipped: and 5 more problems'));
});
