import { renameSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { writePhotos } from './support/photo-files';
import { uploadScene } from './support/upload-scene';

const key = (name: string) => name.normalize('NFD').toLowerCase();

/** The path under which a disk that ignores case and normal form would find `file`. */
async function found(file: string): Promise<string> {
  const { dir, base, root } = path.parse(file);
  if (base === '') return root;
  const folder = await found(dir);
  const names = await fs.readdir(folder).catch(() => []);
  return path.join(folder, names.find((name) => key(name) === key(base)) ?? base);
}

/**
 * Lets this process see its disk as one that finds a file whatever the case and the normal form of its name, and keeps
 * names as they were written: macOS, exFAT, SMB. (Checked against a file system of that kind, by FUSE.)
 */
function ignoreCase(t: TestContext): void {
  for (const name of ['lstat', 'stat', 'access', 'realpath', 'readFile', 'open'] as const) {
    const original = fs[name] as (file: string, ...rest: unknown[]) => Promise<unknown>;
    t.mock.method(fs, name, async (file: string, ...rest: unknown[]) =>
      original(await found(path.resolve(file)), ...rest),
    );
  }
}

const zurich = (form: string) => 'Zürich.jpg'.normalize(form);
const renames: [what: string, from: string, to: string, moved: number, ids: string[]][] = [
  ['a photo whose name changes in case only', 'beach.jpg', 'Beach.JPG', 1, ['000.jpg', '002.jpg', 'Beach.JPG']],
  ['… from composed to decomposed', zurich('NFC'), zurich('NFD'), 1, ['000.jpg', '002.jpg', zurich('NFD')]],
  ['a folder', 'holiday', 'Holiday', 3, [0, 1, 2].map((n) => `Holiday/2024/00${n}.jpg`)],
];
for (const [what, from, to, moved, expected] of renames) {
  test(`${what} is moved, not doubled, on a disk that ignores it`, async (t) => {
    ignoreCase(t);
    const { clip, photosDir, upload, whole } = await uploadScene(t, 0);
    await writePhotos(path.join(photosDir, moved === 3 ? 'holiday/2024' : ''), 3);
    if (moved === 1) renameSync(path.join(photosDir, '001.jpg'), path.join(photosDir, from));
    assert.equal((await upload()).indexed, 3);
    renameSync(path.join(photosDir, from), path.join(photosDir, to));
    assert.ok(await fs.lstat(path.join(photosDir, from)), 'the disk finds the old name');
    assert.equal((await upload()).moved, moved);
    const again = await upload();
    assert.deepEqual([again.unchanged, again.moved, again.removed], [3, 0, 0]);
    assert.deepEqual([...(await whole()).keys()].sort(), expected);
    assert.equal(clip.encoded, 3);
  });
}
