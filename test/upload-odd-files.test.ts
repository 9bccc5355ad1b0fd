import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import assert from 'node:assert/strict';
import sharp from 'sharp';
import { findPhotos } from '../lib/photos';
import { type UploadOptions, type UploadReport } from '../lib/upload';
import { asOrdinaryUser } from './support/as-ordinary-user';
import { jpeg } from './support/photo-files';
import { uploadScene } from './support/upload-scene';

/** Uploads files, given by name, to an empty index. */
async function uploadFiles(
  t: TestContext,
  files: Record<string, Buffer | string>,
  options: Partial<UploadOptions> = {},
): Promise<{ report: UploadReport; whole: Map<string, unknown>; reasons: Record<string, string> }> {
  const { photosDir, upload, whole } = await uploadScene(t, 0);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(photosDir, name)), { recursive: true });
    writeFileSync(path.join(photosDir, name), content);
  }
  const report = await upload(options);
  const reasons = Object.fromEntries(report.skipped.map(({ imageUrl, reason }) => [imageUrl, reason]));
  return { report, whole: await whole(), reasons };
}

/** A PNG of 20,000 x 20,000 white pixels in 50 kB. */
function bomb(): Buffer {
  const side = 20_000;
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8); // one bit a pixel, grey
  const rows = deflateSync(Buffer.alloc(side * (1 + side / 8), 0xff).fill(0, 0, 1), { level: 1 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

test('what is no picture, or a broken one, is skipped with its reason, and the others are indexed', async (t) => {
  const good = await jpeg(1);
  const { report, whole, reasons } = await uploadFiles(t, {
    'good.jpg': good,
    'truncated.jpg': (await jpeg(2, 400, 300)).subarray(0, 3000),
    'empty.jpg': '',
    'text.jpg': 'this is no picture',
    'pointer.jpg': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    'page.png': '<!doctype html><title>404</title>',
    'script.gif': '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    'bomb.png': bomb(),
    // Made by pillow-heif: sharp can read such a photo's header, but not its pixels.
    'phone.heic': readFileSync(path.join(__dirname, 'fixtures', 'red.heic')),
    'cut.avif': (await sharp(good).avif().toBuffer()).subarray(0, -20),
    'x.jpg/good.jpg': await jpeg(3),
  });
  assert.deepEqual([...whole.keys()], ['good.jpg', 'x.jpg/good.jpg']);
  assert.equal(report.indexed, 2);
  assert.deepEqual(Object.keys(reasons).sort(), [
    ...['photos/bomb.png', 'photos/cut.avif', 'photos/empty.jpg', 'photos/page.png'],
    ...['photos/phone.heic', 'photos/pointer.jpg', 'photos/script.gif', 'photos/text.jpg'],
    'photos/truncated.jpg',
  ]);
  assert.match(reasons['photos/bomb.png'] ?? '', /pixel.*limitPixels/);
  assert.match(reasons['photos/text.jpg'] ?? '', /not a picture/);
  assert.match(reasons['photos/phone.heic'] ?? '', /is HEIC, .*convert it to JPEG/);
  // What stands between may be another photo's, see `photoProblem`.
  assert.match(reasons['photos/cut.avif'] ?? '', /^cannot be decoded( \(.+\))?: replace it by an/);
  for (const reason of Object.values(reasons)) assert.match(reason, /^\S.{20,}$/, 'words for the reader');
});

test('a JPEG that lacks its last per cent, or its end mark, is taken, with a warning by name; one that lacks more is not', async (t) => {
  const whole = await jpeg(1, 600, 900);
  const progressive = await sharp(whole).jpeg({ progressive: true }).toBuffer();
  const without = (photo: Buffer, share: number) =>
    photo.subarray(0, photo.length - Math.max(2, Math.round(share * photo.length)));
  const {
    report,
    whole: stored,
    reasons,
  } = await uploadFiles(t, {
    'whole.jpg': whole,
    'more-behind.jpg': Buffer.concat([whole, Buffer.from('what phones put behind a picture')]),
    'end.jpg': without(whole, 0),
    'per-cent.jpg': without(whole, 0.01),
    'per-cent-progressive.jpg': without(progressive, 0.01),
    'fifth.jpg': without(whole, 0.2),
    'fifth-progressive.jpg': without(progressive, 0.6),
  });
  const warned = ['end.jpg', 'per-cent-progressive.jpg', 'per-cent.jpg'];
  assert.deepEqual(
    report.warnings.map(({ imageUrl, reason }) => [imageUrl, reason]).sort(),
    warned.map((name) => [`photos/${name}`, 'lacks its end, and is used as it is']),
  );
  assert.deepEqual([...stored.keys()].sort(), [...warned, 'more-behind.jpg', 'whole.jpg'].sort());
  assert.deepEqual(Object.keys(reasons).sort(), ['photos/fifth-progressive.jpg', 'photos/fifth.jpg']);
  for (const reason of Object.values(reasons)) assert.match(reason, /^cannot be decoded/);
});

test('every format that is taken for a photo is read; orientation counts as it is looked at', async (t) => {
  const picture = sharp(await jpeg(5, 60, 30));
  const { report, whole } = await uploadFiles(t, {
    'a.jpg': await picture.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    'b.png': await picture.clone().png().toBuffer(),
    'c.webp': await picture.clone().webp().toBuffer(),
    'd.gif': await picture.clone().gif().toBuffer(),
    'e.avif': await picture.clone().avif().toBuffer(),
    'f.jpeg': await picture
      .clone()
      .resize(30, 30)
      .jpeg()
      .withExifMerge({ IFD2: { DateTimeOriginal: '2024:05:31 18:20:07' } })
      .toBuffer(),
    'g.jfif': await picture
      .clone()
      .jpeg()
      .withExifMerge({ IFD2: { DateTimeOriginal: '2023:02:30 10:00:00' } })
      .toBuffer(),
  });
  assert.deepEqual([report.indexed, report.skipped], [7, []]);
  const facts = [...whole].map(([id, document]) => {
    const { width, height, orientation, taken } = document as Record<string, unknown>;
    return [id, width, height, orientation, taken];
  });
  assert.deepEqual(facts, [
    ['a.jpg', 30, 60, 'portrait', undefined],
    ['b.png', 60, 30, 'landscape', undefined],
    ['c.webp', 60, 30, 'landscape', undefined],
    ['d.gif', 60, 30, 'landscape', undefined],
    ['e.avif', 60, 30, 'landscape', undefined],
    ['f.jpeg', 30, 30, 'square', '2024-05-31T18:20:07'],
    ['g.jfif', 60, 30, 'landscape', undefined],
  ]);
});

test('photos with odd names are stored under them, found by their id, and unchanged the next time', async (t) => {
  const names = [
    ' spaces .jpg',
    `quotes ' " \`.jpg`,
    '<script>alert(1).jpg',
    'new\nline.jpg',
    '😀 猫 é.jpg',
    '%2e?#&.jpg',
    'back\\slash.jpg',
    '_id.jpg',
    '__proto__.jpg',
    '_source',
    `${'ä'.repeat(125)}.jpg`,
    `${`${'d'.repeat(200)}/`.repeat(3)}long.jpg`,
  ].map((name) => (name.endsWith('.jpg') ? name : `${name}.jpg`));
  const { client, index, photosDir, upload } = await uploadScene(t, 0);
  for (const [seed, name] of names.entries()) {
    mkdirSync(path.dirname(path.join(photosDir, name)), { recursive: true });
    writeFileSync(path.join(photosDir, name), await jpeg(seed));
  }
  const { photos } = await findPhotos(photosDir);
  assert.equal((await upload()).indexed, names.length);
  for (const { id, imageUrl } of photos) {
    const { body } = await client.get({ index, id, _source_includes: ['image_url'] });
    assert.deepEqual(body._source, { image_url: imageUrl });
  }
  const { unchanged, removed } = await upload({ removeMissing: true });
  assert.deepEqual([unchanged, removed], [names.length, 0]);
});

test('a photo that may not be read is skipped with what to do', async (t) => {
  const { photosDir, upload } = await uploadScene(t, 3);
  chmodSync(photosDir, 0o755);
  chmodSync(path.join(photosDir, '001.jpg'), 0);
  const report = await asOrdinaryUser(() => upload());
  assert.equal(report.indexed, 2);
  assert.deepEqual(report.skipped, [
    { imageUrl: 'photos/001.jpg', reason: 'may not be read by you: change its permissions' },
  ]);
});

test('photos that vanish while the upload runs are skipped, whatever it was doing with them', async (t) => {
  const { clip, photosDir, upload, whole } = await uploadScene(t, 60);
  const { photos } = await findPhotos(photosDir);
  const alive: string[] = [];
  const vanishing = photos.map((photo, i) => {
    // Of three photos each, one goes when it has been read, one before it is hashed, one between hashing and decoding.
    const goesAt = i % 3;
    if (goesAt === 0) alive.push(photo.path);
    let reads = 0;
    return Object.defineProperty({ ...photo }, 'path', {
      get() {
        if (++reads === goesAt) rmSync(photo.path);
        return photo.path;
      },
    });
  });
  const encoded: number[] = [];
  const embedPixels: typeof clip.embedPixels = (batch) => {
    encoded.push(batch.length);
    for (const file of alive.splice(0, batch.length)) rmSync(file);
    return clip.embedPixels(batch);
  };
  const report = await upload({ clip: { ...clip, embedPixels }, photos: vanishing });
  assert.deepEqual(encoded, [8, 8, 4]);
  assert.equal(report.indexed, 20);
  assert.deepEqual(
    report.skipped,
    photos.filter((_, i) => i % 3 > 0).map(({ imageUrl }) => ({ imageUrl, reason: 'is not there (any more)' })),
  );
  assert.deepEqual(
    [...(await whole()).keys()].sort(),
    photos.filter((_, i) => i % 3 === 0).map(({ id }) => id),
  );
});

test(
  '500 mutated images: each is indexed or skipped with a reason; no crash, no hang, no unhandled rejection',
  { timeout: 60_000 },
  async (t) => {
    const seed = Number(process.env.TEST_SEED ?? 1);
    let state = seed;
    const random = (below: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
    const picture = sharp(await jpeg(9, 64, 48));
    const originals: [string, Buffer][] = [
      [
        'jpg',
        await picture
          .clone()
          .jpeg()
          .withMetadata({ orientation: 3 })
          .withExifMerge({ IFD2: { DateTimeOriginal: '2024:05:31 18:20:07' } })
          .toBuffer(),
      ],
      ['jpg', await picture.clone().jpeg({ progressive: true }).toBuffer()],
      ['png', await picture.clone().png().toBuffer()],
      ['webp', await picture.clone().webp().toBuffer()],
      ['gif', await picture.clone().gif().toBuffer()],
      ['avif', await picture.clone().avif().toBuffer()],
    ];
    const mutated = (original: Buffer): Buffer => {
      let bytes = Buffer.from(original);
      for (let changes = 1 + random(8); changes > 0; changes--) {
        const at = random(bytes.length);
        const kind = random(6);
        if (kind === 0) bytes = bytes.subarray(0, 1 + at);
        else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
        else if (kind === 2) bytes.fill(random(256), at, Math.min(bytes.length, at + random(64)));
        else if (kind === 3)
          bytes.fill(0xff, at, Math.min(bytes.length, at + 4)); // lengths and sizes
        // Most of what decoders decide by stands at the beginning.
        else bytes[random(Math.min(bytes.length, kind === 4 ? 200 : bytes.length))] = random(256);
      }
      return bytes;
    };
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 500; i++) {
      const [ending, original] = originals[i % originals.length] ?? ['jpg', Buffer.alloc(0)];
      files[`${i}.${ending}`] = mutated(original);
    }
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const { report, whole } = await uploadFiles(t, files, { limitPixels: 10_000_000 });
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
    assert.equal(report.indexed + report.skipped.length, 500);
    assert.equal(whole.size, report.indexed);
    for (const { imageUrl, reason } of report.skipped) assert.match(reason, /^\S[^\n]{20,400}$/, imageUrl);
    assert.ok(report.indexed > 50 && report.skipped.length > 50, 'some of both');
    t.diagnostic(`${report.indexed} indexed, ${report.skipped.length} skipped`);
  },
);
