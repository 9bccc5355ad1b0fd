import { lstat } from 'node:fs/promises';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { UploadReport } from '../lib/upload';
import { ignoreCase } from './support/case-ignoring-disk';
import { writePhotos } from './support/photo-files';
import { uploadScene } from './support/upload-scene';

/** Uploads three photos on a disk that ignores case, renames `from` to `to`, and uploads again. */
async function renamed(
  t: TestContext,
  { folder, from, to }: { folder: string; from: string; to: string },
): Promise<{ report: UploadReport; again: UploadReport; ids: string[]; encoded: number }> {
  ignoreCase(t);
  const { clip, photosDir, upload, whole } = await uploadScene(t, 0);
  await writePhotos(path.join(photosDir, folder), 3);
  if (folder === '') renameSync(path.join(photosDir, '001.jpg'), path.join(photosDir, from));
  assert.equal((await upload()).indexed, 3);
  renameSync(path.join(photosDir, from), path.join(photosDir, to));
  assert.ok(await lstat(path.join(photosDir, from)), 'the disk finds the old name');
  const [report, again] = [await upload(), await upload()];
  const ids = [...(await whole()).keys()];
  return { report, again, ids, encoded: clip.encoded };
}

const renames: [string, { folder: string; from: string; to: string }, string[]][] = [
  [
    'a photo whose name changes in case only',
    { folder: '', from: 'beach.jpg', to: 'Beach.JPG' },
    ['000.jpg', '002.jpg', 'Beach.JPG'],
  ],
  [
    'a photo whose name changes from composed to decomposed',
    { folder: '', from: 'Zürich.jpg'.normalize('NFC'), to: 'Zürich.jpg'.normalize('NFD') },
    ['000.jpg', '002.jpg', 'Zürich.jpg'.normalize('NFD')],
  ],
  [
    'a folder whose name changes in case only',
    { folder: 'holiday/2024', from: 'holiday', to: 'Holiday' },
    ['Holiday/2024/000.jpg', 'Holiday/2024/001.jpg', 'Holiday/2024/002.jpg'],
  ],
];

for (const [what, names, expected] of renames) {
  test(`${what} is moved, not doubled, on a disk that ignores it`, async (t) => {
    const { report, again, ids, encoded } = await renamed(t, names);
    assert.deepEqual(ids.sort(), expected);
    assert.equal(report.moved, names.folder === '' ? 1 : 3);
    assert.deepEqual([again.unchanged, again.moved, again.removed], [3, 0, 0]);
    assert.equal(encoded, 3);
  });
}
