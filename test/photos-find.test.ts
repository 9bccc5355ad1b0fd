import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import sharp, { type AvailableFormatInfo } from 'sharp';
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

interface Folder {
  /** Photos that are found, in this order. */
  found: string[];
  others?: string[];
  /** The others, counted by kind. */
  passedOver?: Record<string, number>;
  ignore?: string[];
}

const litter = [
  ...['2024/@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg', 'SYNOPHOTO_THUMB_S.jpg', '#recycle/deleted.jpg'],
  ...['#snapshot/GMT-2024.01.01/2024/1.jpg', '@Recycle/a.jpg', '@Recently-Snapshot/a.jpg', 'lost+found/a.jpg'],
  ...['$RECYCLE.BIN/S-1-5-21/$R1A2B3.jpg', 'System Volume Information/a.jpg', '__MACOSX/2024/2.jpg'],
  ...['node_modules/x/logo.jpg', 'Catalog Previews.lrdata/0/a.jpg'],
];
const litterKinds = [
  ...['@eaDir', 'SYNOPHOTO_THUMB', '#recycle', '#snapshot', '@Recycle', '@Recently-Snapshot', 'lost+found'],
  ...['$RECYCLE.BIN', 'System Volume Information', '__MACOSX', 'node_modules', 'Catalog Previews.lrdata'],
];
const folders: Record<string, Folder> = {
  'photos are found by their endings, in all folders, in the order of their names': {
    found: ['a.webp', 'b/a.JPEG', 'b/c/d.png', 'e.gif', 'f.avif', 'g.heic', 'z.jpg'],
  },
  'hidden files and other kinds are passed over and counted by kind; credits do not count': {
    found: ['e.jpg'],
    others: [
      ...['.hidden.jpg', '.git/a.jpg', 'a.txt', 'b.TXT', 'c', 'd.CR2', 'e.nef', 'f.mov', 'g.bmp', 'CREDITS.md'],
      'credits.json',
    ],
    passedOver: { hidden: 2, '.txt': 2, 'without an ending': 1, '.cr2': 1, '.nef': 1, '.mov': 1, '.bmp': 1 },
  },
  'the litter of NAS, systems and programs is left out, and counted by kind': {
    found: ['2024/1.jpg'],
    others: litter,
    passedOver: Object.fromEntries(litterKinds.map((kind) => [kind, 1])),
  },
  'of a photo library its originals are found': {
    found: ['My.photoslibrary/originals/0/0A.jpeg', 'Old.photoslibrary/Masters/2014/b.jpg'],
    others: [
      'My.photoslibrary/resources/derivatives/masters/0/0A_4_5005_c.jpeg',
      ...['My.photoslibrary/database/a.jpg', 'Old.photoslibrary/Thumbnails/2014/b.jpg'],
    ],
    passedOver: { 'in a photo library': 3 },
  },
  'what `ignore` says is left out as git would, also where the disk writes umlauts in two characters': {
    found: ['a.jpg', 'keep.png', 'x/top/e.jpg'],
    others: ['a.png', 'drafts/b.jpg', 'x/drafts/c.jpg', 'top/d.jpg', 'Zu\u0308rich/f.jpg'],
    ignore: ['*.png', '!keep.png', 'drafts/', '/top', 'Z\u00fcrich/'],
    passedOver: { ignored: 5 },
  },
};
for (const [what, { found, others = [], passedOver = {}, ignore = [] }] of Object.entries(folders)) {
  test(what, async (t) => {
    const photosDir = folderOf(t, ...found.toReversed(), ...others);
    const read = await findPhotos(photosDir, { leftOut: leftOut(photosDir, ignore) });
    const expected = found.map((name) => {
      const photo = { id: name, name, imageUrl: `photos/${name}`, credit: read.notice === undefined ? {} : undefined };
      return { ...photo, path: path.join(photosDir, name) };
    });
    assert.deepEqual([read.photos, read.passedOver, read.skipped], [expected, passedOver, []]);
  });
}

test('the lines on what is passed over say what can be done', () => {
  assert.deepEqual(passedOverLines({ hidden: 2, '.txt': 2, '.nef': 2, '.mov': 1, '.bmp': 1, 'linked file': 2 }), [
    "passed over: 2 .nef, 1 .bmp. Pictures of these kinds can't be read: export them as JPEG",
    'passed over: 2 linked files. To index what they point to, copy it here, or index its folder',
    'passed over: 2 hidden, 2 .txt, 1 .mov',
  ]);
});

test('a photo library is found also where the folder is one', async (t) => {
  const photosDir = folderOf(t, 'My.photoslibrary/originals/0/0A.jpeg', 'My.photoslibrary/database/a.jpg');
  assert.deepEqual(await namesIn(path.join(photosDir, 'My.photoslibrary')), ['originals/0/0A.jpeg']);
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

test('links that lead out of the folder, to folders, in circles or nowhere are not followed; a folder named x.jpg is one, and a pipe named y.jpg is not waited for', async (t) => {
  const photosDir = folderOf(t, 'in.jpg', 'sub/deep.jpg', 'x.jpg/inside.jpg', '../photos-of-others/secret.jpg');
  const links: [name: string, target: string][] = [
    ['out.jpg', path.join(path.dirname(photosDir), 'photos-of-others/secret.jpg')],
    ['out-relative.jpg', '../photos-of-others/secret.jpg'],
    ['out-folder', '../photos-of-others'],
    ['out-folder.jpg', '../photos-of-others'],
    ['circle', '.'],
    ['sub.jpg', '..'],
    ['loop.jpg', 'loop.jpg'],
    ['broken.jpg', 'nowhere.jpg'],
    ['within.jpg', 'sub/deep.jpg'],
  ];
  for (const [name, target] of links) symlinkSync(target, path.join(photosDir, name));
  execFileSync('mkfifo', [path.join(photosDir, 'y.jpg')]);
  assert.deepEqual(await namesIn(photosDir), ['in.jpg', 'sub/deep.jpg', 'within.jpg', 'x.jpg/inside.jpg']);
  assert.deepEqual((await findPhotos(photosDir)).passedOver, {
    ...{ 'linked file': 2, 'linked folder': 3, 'link to a folder in here': 1, 'broken link': 2, 'special file': 1 },
  });
});

const skip = process.platform === 'darwin' && 'macOS has no file names that are not UTF-8';
test('a name that is not UTF-8 is named and skipped, since no document could hold it', { skip }, async (t) => {
  const bad = ['bad\xff.jpg', 'bad\xfe.txt'].map((name) => Buffer.from(name, 'latin1'));
  const { photos, skipped, passedOver } = await findPhotos(folderOf(t, 'good.jpg', '\u{fffd}.jpg', ...bad));
  const shown = photos.map(({ name }) => name);
  assert.deepEqual(shown, ['good.jpg', '\u{fffd}.jpg']);
  const reason = 'has a name that is not valid UTF-8: rename it';
  assert.deepEqual(skipped, [{ imageUrl: 'photos/bad\u{fffd}.jpg', reason }]);
  assert.deepEqual(passedOver, { '.txt': 1 });
});

test('a folder that can’t be read is named, and the others are found', async (t) => {
  const photosDir = folderOf(t, 'a.jpg', 'closed/b.jpg');
  chmodSync(path.dirname(photosDir), 0o755);
  chmodSync(path.join(photosDir, 'closed'), 0);
  const { photos, skipped } = await asOrdinaryUser(() => findPhotos(photosDir));
  chmodSync(path.join(photosDir, 'closed'), 0o755);
  assert.equal(photos[0]?.name, 'a.jpg');
  assert.deepEqual(skipped, [{ imageUrl: 'photos/closed/', reason: "can't be read by you: change its permissions" }]);
});

test('a photos folder that is missing, or a file, is explained with its path', async (t) => {
  const photosDir = folderOf(t, 'a.jpg');
  for (const [name, problem] of [
    ['none', 'does not exist'],
    ['a.jpg', 'is not a folder'],
  ] as const) {
    const folder = path.join(photosDir, name);
    const message = new RegExp(`^The photos folder ${folder} ${problem}`);
    await assert.rejects(findPhotos(folder), { name: 'PhotoSearchError', code: 'folder-unusable', message });
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

test('credits go with their photos, by name below the folder in either form of umlauts; other fields and other photos do not matter', async (t) => {
  const photosDir = folderOf(t, 'Zu\u0308rich.jpg', 'sub/b.jpg', '__proto__.jpg');
  const credit = { title: 'A', author: 'Ann', licence: 'CC0-1.0', licence_url: 'https://l', source_url: 'https://s' };
  const credits = {
    ...{ 'Z\u00fcrich.jpg': { ...credit, source: 'x', evil: 1 }, 'sub/b.jpg': { title: '', author: 7 } },
    ...{ 'gone.jpg': { title: 'Gone' }, '__proto__.jpg': 'not an object' },
  };
  // As some editors on Windows write it, with a byte order mark.
  writeFileSync(path.join(photosDir, 'credits.json'), `\ufeff${JSON.stringify(credits)}`);
  const { photos, notice } = await findPhotos(photosDir);
  assert.equal(notice, undefined);
  assert.deepEqual(Object.fromEntries(photos.map(({ name, credit }) => [name[0], credit])), {
    ...{ Z: credit, s: {}, _: {} },
  });
});

test('a broken credits.json is one notice, and the photos’ credits are unknown', async (t) => {
  for (const broken of ['{"a.jpg": {"title": ', '[]', '"text"', 'null', '']) {
    const photosDir = folderOf(t, 'a.jpg');
    writeFileSync(path.join(photosDir, 'credits.json'), broken);
    const { photos, notice } = await findPhotos(photosDir);
    assert.equal(photos[0]?.credit, undefined);
    assert.match(notice ?? '', /credits\.json can't be used \(.+\): unchanged photos keep their title, author/);
  }
});
