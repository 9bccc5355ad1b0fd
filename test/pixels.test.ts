import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { dotProduct } from '../further/dot-product';
import { drawTiles } from '../further/map/draw-tiles';
import { type ClipInput, readClipInput } from '../lib/model/clip-input';
import { thumbnail } from '../lib/grid';
import { heicProblem, photoProblem } from '../lib/photo/photo-problem';
import { openPhoto } from '../lib/open-photo';
import { readPixels } from '../lib/pixels';
import { readablePhotos } from '../workshop/readable-photos';
import { fixtures, reference } from './support/clip-fixtures';
import { startProcess } from './support/in-process';
import { jpeg } from './support/photo-files';
import { temporaryFolder } from './support/temporary-folder';

const root = path.resolve(__dirname, '..');
let input: ClipInput;
let python: Uint8Array;
before(async () => {
  input = await readClipInput(path.join(fixtures, 'tiny32'));
  python = await readFile(path.join(fixtures, 'pixels.bin'));
});

interface Difference {
  /** Of 255. */
  mean: number;
  /** 99 of 100 values differ by no more than this. */
  p99: number;
}

/** How far our pixels are from those that PIL gave, at the places that were written down. */
async function differenceToPil(file: string): Promise<Difference> {
  const { step, length, pictures } = reference.pixels;
  const position = pictures.findIndex((picture) => picture.file === file);
  assert.notEqual(position, -1, `no reference for ${file}`);
  const expected = python.subarray(position * length, (position + 1) * length);
  const pixels = await readPixels(path.join(root, file), input);
  const area = pixels.length / 3;
  const differences = Array.from(expected, (value, i) => {
    const [pixel, colour] = [Math.floor((i * step) / 3), ((i * step) % 3) as 0 | 1 | 2];
    const ours = ((pixels[colour * area + pixel] ?? NaN) * input.std[colour] + input.mean[colour]) * 255;
    return Math.abs(Math.round(ours) - value);
  }).sort((a, b) => a - b);
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / length,
    p99: differences[Math.floor(0.99 * length)] ?? NaN,
  };
}

test('at least 60 photos have the pixels that PIL and openai/CLIP give: mean error 0.25, p99 2 of 255', async () => {
  let compared = 0;
  for (const { file, sha256 } of reference.pixels.pictures) {
    if (!file.startsWith('photos/') || !existsSync(path.join(root, file))) continue;
    const now = createHash('sha256')
      .update(await readFile(path.join(root, file)))
      .digest('hex');
    if (now !== sha256) continue;
    const { mean, p99 } = await differenceToPil(file);
    assert.ok(mean <= 0.25 && p99 <= 2, `${file}: mean ${mean}, p99 ${p99}`);
    compared++;
  }
  assert.ok(compared >= 60, `only ${compared} photos are as they were: run maintain/reference/make_reference.py`);
});

/** Kinds where our choice is not PIL's, or the decoders differ: see docs/exactness.md. */
const knownDifferences: Record<string, Difference> = {
  'black-and-white.png': { mean: 3, p99: 20 },
  'cmyk.jpg': { mean: 20, p99: 60 },
  'grey-transparent.png': { mean: 0.5, p99: 2 },
  'photo.avif': { mean: 1.5, p99: 15 },
  'transparent.png': { mean: 0.5, p99: 2 },
  'transparent.webp': { mean: 0.5, p99: 2 },
};

for (const { file } of reference.pixels.pictures) {
  const name = path.basename(file);
  if (!file.includes('/pictures/')) continue;
  const limit = knownDifferences[name] ?? { mean: 0.25, p99: 2 };
  test(`${name} has PIL's pixels: mean error ${limit.mean}, p99 ${limit.p99} of 255`, async () => {
    const { mean, p99 } = await differenceToPil(file);
    assert.ok(mean <= limit.mean && p99 <= limit.p99, `mean ${mean}, p99 ${p99}`);
  });
}

/** As some phones write it: the scan's header says that it ends where it begins. Every viewer shows it. */
function withWrongScanHeader(photo: Buffer): Buffer {
  const copy = Buffer.from(photo);
  const scan = copy.lastIndexOf(Buffer.from([0xff, 0xda]));
  copy[scan + 2 + copy.readUInt16BE(scan + 2) - 2] = 0;
  return copy;
}

test('pixels, notebook 2, thumbnails and the map take the same photos, odd and cut ones too', async (t) => {
  const folder = temporaryFolder(t);
  const whole = await jpeg(1, 400, 600);
  const png = await sharp(whole).png().toBuffer();
  const input = await readClipInput(path.join(fixtures, 'tiny32'));
  const files: Record<string, [Buffer, boolean]> = {
    'wrong-scan-header.jpg': [withWrongScanHeader(whole), true],
    'no-end.jpg': [whole.subarray(0, -2), true],
    'half.jpg': [whole.subarray(0, whole.length / 2), false],
    'half.png': [png.subarray(0, png.length / 2), false],
  };
  await assert.rejects(sharp(files['wrong-scan-header.jpg']?.[0]).toBuffer(), /SOS/, 'by default');
  for (const [name, [bytes, isTaken]] of Object.entries(files)) {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    const succeeds = (done: Promise<unknown>) => done.then(Boolean, () => false);
    const tiles = [{ image_url: `photos/${name}`, left: 0, top: 0, side: 9 }];
    const taken = {
      pixels: await succeeds(readPixels(file, input)),
      bytes: await succeeds(readPixels(bytes, input)),
      samples: await succeeds(readablePhotos([{ path: file }], 1)),
      thumbnail: await succeeds(thumbnail(file)),
      tile: (await drawTiles(tiles, { photosDir: folder, width: 9, height: 9 })).grey === 0,
    };
    for (const [way, is] of Object.entries(taken)) assert.equal(is, isTaken, `${name}: ${way}`);
    const samples = readablePhotos([{ path: file }], 1, { limitPixels: 1000 });
    assert.equal(await succeeds(samples), false, `${name} is larger than the limit`);
  }
});

test('each photo without its last per cent is read, whether coded row by row or progressively; without its last 60, it is refused', async () => {
  const folder = path.resolve(__dirname, '..', 'photos');
  const encodings: Record<string, (photo: Buffer) => Promise<Buffer>> = {
    'as it is': (photo) => Promise.resolve(photo), // progressive, the colours' detail behind the brightness
    'row by row': (photo) => sharp(photo).jpeg({ progressive: false }).toBuffer(),
    progressive: (photo) => sharp(photo).jpeg({ progressive: true }).toBuffer(),
  };
  const without = (photo: Buffer, share: number) => photo.subarray(0, Math.floor((1 - share) * photo.length));
  const tiny = (image: Sharp) => image.resize(64, 64).raw().toBuffer();
  let read = 0;
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.jpg'))) {
    const photo = readFileSync(path.join(folder, name));
    for (const [encoding, encode] of Object.entries(encodings)) {
      const whole = await encode(photo);
      const { image, warning } = await openPhoto(without(whole, 0.01));
      assert.equal(warning, 'is cut off at the end, but used anyway', `${name} ${encoding}`);
      const [cut, uncut] = await Promise.all([tiny(image), tiny(sharp(whole))]);
      const difference = cut.reduce((sum, v, i) => sum + Math.abs(v - (uncut[i] ?? NaN)), 0);
      assert.ok(difference / cut.length < 8, `${name} ${encoding}: ${difference / cut.length}`);
      read++;

      const half = await openPhoto(without(whole, 0.6));
      await assert.rejects(half.image.toBuffer(), /premature end/, `${name} ${encoding}`);
    }
  }
  assert.equal(read, 3 * 81);
  // Its colours are there coarsely, but its brightness is not drawn in the lowest fifth.
  const grey = readFileSync(path.join(folder, 'black-and-white-architecture.jpg'));
  await assert.rejects((await openPhoto(without(grey, 0.2))).image.toBuffer(), /premature end/);
});

test('a photo of 200 megapixels is read in less than 150 MB, and has the pixels of the same photo in 12', async (t) => {
  const photo = path.join(fixtures, 'pictures', 'baseline.jpg');
  const enlarged = (width: number, height: number) =>
    sharp(photo).resize(width, height, { fit: 'fill', kernel: 'linear' }).jpeg({ quality: 40 }).toBuffer();
  const file = path.join(temporaryFolder(t), '200.jpg');
  writeFileSync(file, await enlarged(16_320, 12_240));
  const { ended } = startProcess(`
    const { readPixels } = require('@/lib/pixels');
    require('@/lib/model/clip-input').readClipInput('${path.join(fixtures, 'tiny32')}').then(async (input) => {
      await readPixels('${photo}', input);
      // Not maxRSS, which begins with that of the process that started this one.
      const before = process.memoryUsage.rss();
      let most = before;
      setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 2);
      await readPixels('${file}', input);
      console.log((most - before) / 2 ** 20);
      process.exit();
    });`);
  const megabytes = Number((await ended).replace('[0]', ''));
  t.diagnostic(`${Math.round(megabytes)} MB more`);
  assert.ok(megabytes < 150, `${megabytes} MB`);

  const input = await readClipInput(path.join(fixtures, 'tiny32'));
  const [huge, large] = [await readPixels(file, input), await readPixels(await enlarged(4080, 3060), input)];
  const alike = dotProduct(huge, large) / Math.sqrt(dotProduct(huge, huge) * dotProduct(large, large));
  assert.ok(alike > 0.9999, `${alike}`);
});

const heic = readFileSync(path.join(__dirname, 'fixtures', 'red.heic'));

test("what is wrong with a photo is never told by another's message, whatever the library mixes into it", async (t) => {
  const folder = temporaryFolder(t);
  const avif = await sharp(await jpeg(1))
    .toFormat('avif')
    .toBuffer();
  const files: [string, Buffer | string | undefined, RegExp][] = [
    ['cut.avif', avif.subarray(0, -20), /^can't be decoded/],
    ['cut.jpg', (await jpeg(2)).subarray(0, 300), /^can't be decoded/],
    ['phone.heic', heic, /^is HEIC, .*convert it to JPEG/],
    ['gone.jpg', undefined, /^does not exist/],
  ];
  const messages = [
    'heif: Unsupported feature: Support for this compression format has not been built in: HEVC (11.6003)',
    'heif: Invalid input: Unspecified: Bitstream not supported by this decoder (2.0)',
    'Input file has corrupt header: VipsForeignLoad: file "/none.jpg" does not exist',
    'Unknown error',
  ];
  for (const [name, bytes, expected] of files) {
    const file = path.join(folder, name);
    if (bytes) writeFileSync(file, bytes);
    for (const message of messages) assert.match(await photoProblem(file, new Error(message)), expected, name);
  }
  const text = path.join(folder, 'text.jpg');
  writeFileSync(text, 'no picture');
  const missing = new Error(`Input file is missing: ${text}`);
  assert.match(await photoProblem(text, missing), /^is not a picture/, 'it is there');
});

test('a HEIC photo is reported as HEIC, also where its header is broken; AVIF never is', async () => {
  const problemOf = (bytes: Buffer) =>
    openPhoto(bytes)
      .then(({ image }) => image.toBuffer())
      .then(String, (error: unknown) => photoProblem(bytes, error));
  const broken = Buffer.from(heic).fill(0xff, 40, 200);
  for (const bytes of [heic, broken, heic.subarray(0, 60)]) assert.equal(await problemOf(bytes), heicProblem);
  const avif = await sharp(await jpeg(1))
    .toFormat('avif')
    .toBuffer();
  for (const length of [20, 60, 400]) {
    assert.match(await problemOf(avif.subarray(0, length)), /^(can't be decoded|is not a picture)/);
  }
});
