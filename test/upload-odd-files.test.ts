import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
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

test('what is not a picture, or is a broken one, is skipped with its reason, and the others are indexed, one that is cut off with a warning', async (t) => {
  const good = await jpeg(1);
  const reasonFor: Record<string, [content: Buffer | string, reason: RegExp]> = {
    'truncated.jpg': [(await jpeg(2, 400, 300)).subarray(0, 3000), /^can't be decoded/],
    'empty.jpg': ['', /empty file|not a picture/],
    'text.jpg': ['this is not a picture', /not a picture/],
    'pointer.jpg': ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', /.{20}/],
    'page.png': ['<!doctype html><title>404</title>', /not a picture/],
    'script.gif': ['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', /.{20}/],
    'bomb.svg': [
      '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>',
      /^has 20000 x 20000 pixels, more than the limit of 100000000: set MAX_MEGAPIXELS/,
    ],
    // Made by pillow-heif: sharp can read such a photo's header, but not its pixels.
    'phone.heic': [readFileSync(path.join(__dirname, 'fixtures', 'red.heic')), /is HEIC, .*convert it to JPEG/],
    // What stands between may be another photo's, see `photoProblem`.
    'cut.avif': [
      (await sharp(good).avif().toBuffer()).subarray(0, -20),
      /^can't be decoded( \(.+\))?: replace it with an/,
    ],
  };
  const files = Object.entries(reasonFor).map(([name, [content]]) => [name, content]);
  const { report, whole, reasons } = await uploadFiles(t, {
    'good.jpg': good,
    'more-behind.jpg': Buffer.concat([await jpeg(6), Buffer.from('what phones put behind a picture')]),
    'no-end.jpg': (await jpeg(4, 400, 300)).subarray(0, -2),
    'x.jpg/good.jpg': await jpeg(3),
    ...(Object.fromEntries(files) as Record<string, Buffer>),
  });
  assert.deepEqual([...whole.keys()], ['good.jpg', 'more-behind.jpg', 'no-end.jpg', 'x.jpg/good.jpg']);
  const reason = 'is cut off at the end, but used anyway';
  assert.deepEqual(report.warnings, [{ imageUrl: 'photos/no-end.jpg', reason }]);
  assert.equal(report.skipped.length, files.length);
  for (const [name, [, reason]] of Object.entries(reasonFor)) {
    assert.match(reasons[`photos/${name}`] ?? '', reason, name);
    assert.match(reasons[`photos/${name}`] ?? '', /^\S.{20,}$/, 'words for the reader');
  }
});

test('every format that is taken for a photo is read; orientation counts as it is looked at', async (t) => {
  const picture = async () => sharp(await jpeg(5, 60, 30));
  const exif = (taken: string) => ({ IFD2: { DateTimeOriginal: taken } });
  const { report, whole } = await uploadFiles(t, {
    'a.jpg': await (await picture()).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    'b.png': await (await picture()).png().toBuffer(),
    'c.webp': await (await picture()).webp().toBuffer(),
    'd.gif': await (await picture()).gif().toBuffer(),
    'e.avif': await (await picture()).avif().toBuffer(),
    'f.jpeg': await (await picture()).resize(30, 30).jpeg().withExifMerge(exif('2024:05:31 18:20:07')).toBuffer(),
  });
  assert.deepEqual([report.indexed, report.skipped], [6, []]);
  const facts = [...whole].map(([id, document]) => {
    const { width, height, orientation, taken } = document as Record<string, unknown>;
    return [id, width, height, orientation, taken];
  });
  assert.deepEqual(facts, [
    ['a.jpg', 30, 60, 'portrait', undefined],
    ...['b.png', 'c.webp', 'd.gif', 'e.avif'].map((name) => [name, 60, 30, 'landscape', undefined]),
    ['f.jpeg', 30, 30, 'square', '2024-05-31T18:20:07'],
  ]);
});

test('photos with odd names are stored under them, found by their id, and unchanged the next time', async (t) => {
  const names = [
    ...[' spaces ', `quotes ' " \``, '<script>alert(1)', 'new\nline', '😀 猫 é', '%2e?#&', 'back\\slash'],
    ...['_id', '__proto__', '_source', 'ä'.repeat(125), `${`${'d'.repeat(200)}/`.repeat(3)}long`],
  ].map((name) => `${name}.jpg`);
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

test('a photo that can’t be read for lack of permission is skipped with what to do', async (t) => {
  const { photosDir, upload } = await uploadScene(t, 3);
  chmodSync(photosDir, 0o755);
  chmodSync(path.join(photosDir, '001.jpg'), 0);
  const report = await asOrdinaryUser(() => upload());
  assert.equal(report.indexed, 2);
  const reason = "can't be read by you: change its permissions";
  assert.deepEqual(report.skipped, [{ imageUrl: 'photos/001.jpg', reason }]);
});

test('photos that vanish while the upload runs are skipped, whatever it was doing with them', async (t) => {
  const { photosDir, upload, whole } = await uploadScene(t, 60);
  const { photos } = await findPhotos(photosDir);
  const vanishing = photos.map((photo, i) => {
    // Of three photos each, one stays, one goes before it is hashed, one between hashing and decoding.
    const goesAt = i % 3;
    let reads = 0;
    return Object.defineProperty({ ...photo }, 'path', {
      get() {
        if (++reads === goesAt) rmSync(photo.path);
        return photo.path;
      },
    });
  });
  const report = await upload({ photos: vanishing });
  assert.equal(report.indexed, 20);
  const gone = photos.filter((_, i) => i % 3 > 0);
  const reason = 'does not exist';
  const skipped = gone.map(({ imageUrl }) => ({ imageUrl, reason }));
  assert.deepEqual(report.skipped, skipped);
  assert.equal((await whole()).size, 20);
});

test('500 mutated images are indexed or skipped with a reason: no crash, no hang', { timeout: 60_000 }, async (t) => {
  let state = Number(process.env.TEST_SEED ?? 1);
  const random = (below: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const mutated = (original: Buffer): Buffer => {
    let bytes = Buffer.from(original);
    for (let changes = 1 + random(8); changes > 0; changes--) {
      const at = random(bytes.length);
      const kind = random(6);
      if (kind === 0) bytes = bytes.subarray(0, 1 + at);
      else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
      else if (kind === 2) bytes.fill(random(256), at, Math.min(bytes.length, at + random(64)));
      // Lengths and sizes.
      else if (kind === 3) bytes.fill(0xff, at, Math.min(bytes.length, at + 4));
      // Most of what decoders decide by stands at the beginning.
      else bytes[random(Math.min(bytes.length, kind === 4 ? 200 : bytes.length))] = random(256);
    }
    return bytes;
  };
  const whole = await jpeg(9, 64, 48);
  const exif = { IFD2: { DateTimeOriginal: '2024:05:31 18:20:07' } };
  const files: Record<string, Buffer> = {};
  for (const [encoded, ending] of [
    [sharp(whole).jpeg().withMetadata({ orientation: 3 }).withExifMerge(exif), 'jpg'],
    [sharp(whole).jpeg({ progressive: true }), 'jpeg'],
    ...(['png', 'webp', 'gif', 'avif'] as const).map((format) => [sharp(whole).toFormat(format), format] as const),
  ] as const) {
    const original = await encoded.toBuffer();
    for (let i = 0; i < 84; i++) files[`${i}.${ending}`] = mutated(original);
  }
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  const { report, whole: stored } = await uploadFiles(t, files, { limitPixels: 10_000_000 });
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
  assert.equal(report.indexed + report.skipped.length, 504);
  assert.equal(stored.size, report.indexed);
  for (const { imageUrl, reason } of report.skipped) assert.match(reason, /^\S[^\n]{20,400}$/, imageUrl);
  assert.ok(report.indexed > 50 && report.skipped.length > 50, 'some of both');
  t.diagnostic(`${report.indexed} indexed, ${report.skipped.length} skipped`);
});
