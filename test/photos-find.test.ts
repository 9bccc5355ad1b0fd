import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import sharp, { type AvailableFormatInfo } from 'sharp';
import { PhotoSearchError } from '../lib/errors';
import { leftOut } from '../further/own-photos/left-out';
import { findPhotos, photoEndings, photoId } from '../lib/photos';
import { passedOverLines } from '../further/own-photos/passed-over';
import { asOrdinaryUser } from './support/as-ordinary-user';
import { temporaryFolder } from './support/temporary-folder';

/** A folder with empty files of these names, below `photos`. */
function folderOf(t: TestContext, ...names: (string | Buffer)[]): string {
  const photosDir = path.join(temporaryFolder(t), 'photos');
  mkdirSync(photosDir);
  for (const name of names) {
    const file = Buffer.concat([Buffer.from(`${photosDir}/`), Buffer.from(name)]);
    mkdirSync(path.dirname(file.toString()), { recursive: true });
    writeFileSync(file, '');
  }
  return photosDir;
}

async function namesIn(photosDir: string): Promise<string[]> {
  return (await findPhotos(photosDir)).photos.map(({ name }) => name);
}

test('photos are found by their endings, in all folders, in the order of their names', async (t) => {
  const photosDir = folderOf(t, 'z.jpg', 'b/a.JPEG', 'b/c/d.png', 'a.webp', 'e.gif', 'f.avif', 'g.heic');
  const { photos, passedOver, skipped, notice } = await findPhotos(photosDir);
  const names = ['a.webp', 'b/a.JPEG', 'b/c/d.png', 'e.gif', 'f.avif', 'g.heic', 'z.jpg'];
  assert.deepEqual(
    photos.map(({ name }) => name),
    names,
  );
  assert.deepEqual(photos[1], {
    ...{ id: 'b/a.JPEG', name: 'b/a.JPEG', imageUrl: 'photos/b/a.JPEG', credit: {} },
    path: path.join(photosDir, 'b', 'a.JPEG'),
  });
  assert.deepEqual([passedOver, skipped, notice], [{}, [], undefined]);
});

test('hidden files and other kinds are passed over and counted by kind; credits are no such kind', async (t) => {
  const photosDir = folderOf(
    t,
    '.hidden.jpg',
    '.git/a.jpg',
    'a.txt',
    'b.TXT',
    'c',
    'd.CR2',
    'e.nef',
    'f.mov',
    'g.bmp',
    'credits.json',
    'CREDITS.md',
    'e.jpg',
  );
  writeFileSync(path.join(photosDir, 'credits.json'), '{}');
  const { photos, passedOver } = await findPhotos(photosDir);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['e.jpg'],
  );
  const kinds = { hidden: 2, '.txt': 2, 'without an ending': 1, raw: 2, video: 1, '.bmp': 1 };
  assert.deepEqual(passedOver, kinds);
  assert.deepEqual(passedOverLines(passedOver), [
    "passed over: 2 raw, 1 .bmp. Pictures of these kinds can't be read: export them as JPEG",
    'passed over: 2 hidden, 2 .txt, 1 without an ending, 1 video',
  ]);
});

test('all that sharp reads of what photos are saved as is taken for a photo', async (t) => {
  const endings = 'jpg JPEG jpe jfif png webp gif tif tiff svg avif'.split(' ');
  const photosDir = folderOf(t, ...endings.map((ending) => `a.${ending}`));
  assert.equal((await namesIn(photosDir)).length, endings.length);
  const readable = Object.values(sharp.format as unknown as Record<string, AvailableFormatInfo>)
    .filter(({ id, input }) => input.file && id !== 'vips')
    .flatMap(({ input }) => input.fileSuffix ?? []);
  const missing = readable.filter((ending) => !photoEndings.has(ending) && ending !== '.svg.gz');
  assert.deepEqual(missing, []);
});

test('the litter of NAS, systems and programs is left out, and counted by kind', async (t) => {
  const litter = [
    ...['2024/@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg', '@eaDir/x.jpg', 'SYNOPHOTO_THUMB_S.jpg'],
    ...['#recycle/deleted.jpg', '#snapshot/GMT-2024.01.01/2024/1.jpg', '@Recycle/a.jpg'],
    ...['@Recently-Snapshot/a.jpg', '$RECYCLE.BIN/S-1-5-21/$R1A2B3.jpg', 'lost+found/a.jpg'],
    ...['System Volume Information/a.jpg', '__MACOSX/2024/2.jpg', 'node_modules/x/logo.jpg'],
    'Catalog Previews.lrdata/0/a.jpg',
  ];
  const photosDir = folderOf(t, '2024/1.jpg', ...litter);
  const { photos, passedOver } = await findPhotos(photosDir);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['2024/1.jpg'],
  );
  assert.deepEqual(passedOver, {
    ...{ '@eaDir': 2, SYNOPHOTO_THUMB: 1, '#recycle': 1, '#snapshot': 1, '@Recycle': 1 },
    ...{ '@Recently-Snapshot': 1, '$RECYCLE.BIN': 1, 'lost+found': 1 },
    ...{ 'System Volume Information': 1, __MACOSX: 1, node_modules: 1 },
    'Catalog Previews.lrdata': 1,
  });
});

test('of a photo library its originals are found, also where the folder is one', async (t) => {
  const photosDir = folderOf(
    t,
    'My.photoslibrary/originals/0/0A.jpeg',
    'My.photoslibrary/resources/derivatives/masters/0/0A_4_5005_c.jpeg',
    'My.photoslibrary/database/a.jpg',
    'Old.photoslibrary/Masters/2014/b.jpg',
    'Old.photoslibrary/Thumbnails/2014/b.jpg',
  );
  const { photos, passedOver } = await findPhotos(photosDir);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['My.photoslibrary/originals/0/0A.jpeg', 'Old.photoslibrary/Masters/2014/b.jpg'],
  );
  assert.deepEqual(passedOver, { 'in a photo library': 3 });
  assert.deepEqual(await namesIn(path.join(photosDir, 'My.photoslibrary')), ['originals/0/0A.jpeg']);
});

test('what `ignore` says is left out as git would, also where the disk writes umlauts in two characters', async (t) => {
  const photosDir = folderOf(
    t,
    ...['a.jpg', 'a.png', 'keep.png', 'drafts/b.jpg', 'x/drafts/c.jpg', 'top/d.jpg', 'x/top/e.jpg'],
    'Zu\u0308rich/f.jpg',
  );
  const ignore = ['*.png', '!keep.png', 'drafts/', '/top', 'Z\u00fcrich/'];
  const { photos, passedOver } = await findPhotos(photosDir, {
    leftOut: leftOut(photosDir, ignore),
  });
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['a.jpg', 'keep.png', 'x/top/e.jpg'],
  );
  assert.deepEqual(passedOver, { ignored: 5 });
});

test('links that lead out of the folder, to folders, in circles or nowhere are not followed', async (t) => {
  const photosDir = folderOf(t, 'in.jpg', 'sub/deep.jpg');
  const outside = path.join(path.dirname(photosDir), 'photos-of-others');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'secret.jpg'), '');
  const link = (target: string, name: string) => {
    symlinkSync(target, path.join(photosDir, name));
  };
  link(path.join(outside, 'secret.jpg'), 'out.jpg');
  link('../photos-of-others/secret.jpg', 'out-relative.jpg');
  link(outside, 'out-folder');
  link(outside, 'out-folder.jpg');
  link('.', 'circle');
  link('..', 'sub.jpg');
  link('loop.jpg', 'loop.jpg');
  link('nowhere.jpg', 'broken.jpg');
  link('sub/deep.jpg', 'within.jpg');
  const { photos, passedOver } = await findPhotos(photosDir);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['in.jpg', 'sub/deep.jpg', 'within.jpg'],
  );
  assert.deepEqual(passedOver, {
    ...{ 'linked file': 2, 'linked folder': 3, 'link to a folder in here': 1, 'broken link': 2 },
  });
  // In the order of the disk.
  assert.match(
    passedOverLines(passedOver).join('\n'),
    /^passed over: [23] linked f.*, [23] linked f.*\. To index what they lead to, copy it here, or index its own folder$/m,
  );
});

test('a folder named x.jpg is a folder, and a pipe named y.jpg is not waited for', { timeout: 5000 }, async (t) => {
  const photosDir = folderOf(t, 'x.jpg/inside.jpg');
  execFileSync('mkfifo', [path.join(photosDir, 'y.jpg')]);
  const { photos, passedOver } = await findPhotos(photosDir);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['x.jpg/inside.jpg'],
  );
  assert.deepEqual(passedOver, { 'special file': 1 });
});

const noSuchNames = process.platform === 'darwin' && 'macOS has no file names that are not UTF-8';

test(
  'a name that is not UTF-8 is named and skipped, since no document could hold it',
  { skip: noSuchNames },
  async (t) => {
    const photosDir = folderOf(
      t,
      'good.jpg',
      Buffer.from('bad\xff.jpg', 'latin1'),
      Buffer.from('bad\xfe.txt', 'latin1'),
      '\u{fffd}.jpg',
    );
    const { photos, skipped, passedOver } = await findPhotos(photosDir);
    assert.deepEqual(
      photos.map(({ name }) => name),
      ['good.jpg', '\u{fffd}.jpg'],
    );
    assert.deepEqual(skipped, [
      {
        imageUrl: 'photos/bad\u{fffd}.jpg',
        reason: 'has a name that is not valid UTF-8: rename it',
      },
    ]);
    assert.deepEqual(passedOver, { '.txt': 1 });
  },
);

test('a folder that may not be read is named, and the others are found', async (t) => {
  const photosDir = folderOf(t, 'a.jpg', 'closed/b.jpg');
  chmodSync(path.dirname(photosDir), 0o755);
  chmodSync(path.join(photosDir, 'closed'), 0);
  const { photos, skipped } = await asOrdinaryUser(() => findPhotos(photosDir));
  chmodSync(path.join(photosDir, 'closed'), 0o755);
  assert.deepEqual(
    photos.map(({ name }) => name),
    ['a.jpg'],
  );
  assert.deepEqual(skipped, [{ imageUrl: 'photos/closed/', reason: 'may not be read by you: change its permissions' }]);
});

test('a photos folder that is missing, or a file, is explained with its path', async (t) => {
  const photosDir = folderOf(t, 'a.jpg');
  for (const [folder, problem] of [
    [path.join(photosDir, 'none'), 'does not exist'],
    [path.join(photosDir, 'a.jpg'), 'is not a folder'],
  ] as const) {
    await assert.rejects(findPhotos(folder), (error) => {
      assert.ok(error instanceof PhotoSearchError);
      assert.ok(error.message.startsWith(`The photos folder ${folder} ${problem}`), error.message);
      assert.equal(error.code, 'folder-unusable');
      return true;
    });
  }
});

test('an id fits OpenSearch’s 512 bytes, stays the same, and belongs to one name alone', () => {
  const folder = 'folder/'.repeat(80);
  const names = [`${folder}a.jpg`, `${folder}b.jpg`, `${'猫'.repeat(83)}/`.repeat(4), `${'é'.repeat(255)}aé`, 'a.jpg'];
  const ids = names.map(photoId);
  for (const id of ids) {
    assert.ok(Buffer.byteLength(id) <= 512);
    assert.equal(Buffer.from(id).toString(), id, 'no character is cut in two');
  }
  assert.equal(new Set(ids).size, names.length);
  assert.deepEqual(names.map(photoId), ids);
  assert.equal(photoId('é'.repeat(256)), 'é'.repeat(256), 'a name of exactly 512 bytes is its own id');
  // A path can't be the id of another one, since no path has `//` in it.
  assert.match(ids[0] ?? '', /\/\/[0-9a-f]{64}$/);
});

test('credits go with their photos, by name below the folder; other fields and other photos do not matter', async (t) => {
  const photosDir = folderOf(t, 'a.jpg', 'sub/b.jpg', '__proto__.jpg');
  const credits = {
    'a.jpg': {
      title: 'A',
      author: 'Ann',
      licence: 'CC0-1.0',
      licence_url: 'https://l',
      source: 'x',
      source_url: 'https://s',
      evil: 1,
    },
    'sub/b.jpg': { title: '', author: 7 },
    'gone.jpg': { title: 'Gone' },
    '__proto__.jpg': 'not an object',
  };
  writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify(credits));
  const { photos, notice } = await findPhotos(photosDir);
  assert.equal(notice, undefined);
  assert.deepEqual(
    photos.map(({ credit }) => credit),
    [
      {},
      {
        title: 'A',
        author: 'Ann',
        licence: 'CC0-1.0',
        licence_url: 'https://l',
        source_url: 'https://s',
      },
      {},
    ],
  );
});

test('a credit is found also where the disk writes the name’s umlauts in two characters', async (t) => {
  const photosDir = folderOf(t, 'Zu\u0308rich.jpg');
  const credits = { 'Z\u00fcrich.jpg': { author: 'Ann' } };
  writeFileSync(path.join(photosDir, 'credits.json'), JSON.stringify(credits));
  assert.deepEqual((await findPhotos(photosDir)).photos[0]?.credit, { author: 'Ann' });
});

for (const broken of ['{"a.jpg": {"title": ', '[]', '"text"', 'null', '']) {
  test(`a broken credits.json (${JSON.stringify(broken)}) is one notice, and the photos are found without credits`, async (t) => {
    const photosDir = folderOf(t, 'a.jpg');
    writeFileSync(path.join(photosDir, 'credits.json'), broken);
    const { photos, notice } = await findPhotos(photosDir);
    assert.deepEqual(
      photos.map(({ credit }) => credit),
      [{}],
    );
    assert.match(notice ?? '', /credits\.json can't be used \(.+\): the photos go without title, author and licence/);
  });
}
