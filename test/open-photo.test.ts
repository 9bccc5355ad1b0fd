import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { readClipInput } from '../lib/clip-config';
import { thumbnail } from '../lib/grid';
import { drawTiles } from '../further/map/draw-tiles';
import { openPhoto } from '../lib/open-photo';
import { readablePhotos } from '../workshop/readable-photos';
import { readPixels } from '../lib/pixels';
import { fixtures } from './support/clip-fixtures';
import { jpeg } from './support/photo-files';
import { temporaryFolder } from './support/temporary-folder';

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
    const succeeds = (done: Promise<unknown>) =>
      done.then(
        () => true,
        () => false,
      );
    const tiles = [{ file, left: 0, top: 0, side: 9 }];
    const taken = {
      pixels: await succeeds(readPixels(file, input)),
      bytes: await succeeds(readPixels(bytes, input)),
      samples: await succeeds(readablePhotos([{ path: file }], 1)),
      thumbnail: await succeeds(thumbnail(file)),
      tile: (await drawTiles(tiles, { width: 9, height: 9 })).grey === 0,
    };
    for (const [way, is] of Object.entries(taken)) assert.equal(is, isTaken, `${name}: ${way}`);
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
      assert.equal(warning, 'lacks its end, and is used as it is', `${name} ${encoding}`);
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

/** A photo, enlarged. */
async function hugeJpeg(width: number, height: number): Promise<Buffer> {
  const photo = sharp(path.join(fixtures, 'pictures', 'baseline.jpg'));
  return photo.resize(width, height, { fit: 'fill', kernel: 'linear' }).jpeg({ quality: 40 }).toBuffer();
}

test(
  'a photo of 200 megapixels is read in less than 150 MB, and has the pixels of the same photo in 12',
  { timeout: 120_000 },
  async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, '200.jpg');
    writeFileSync(file, await hugeJpeg(16_320, 12_240));
    const code = `
      const { readPixels } = await import('./lib/pixels.ts');
      const { readClipInput } = await import('./lib/clip-config.ts');
      const input = await readClipInput('${path.join(fixtures, 'tiny32')}');
      await readPixels('${path.join(fixtures, 'pictures', 'baseline.jpg')}', input);
      const before = process.resourceUsage().maxRSS;
      await readPixels(${JSON.stringify(file)}, input);
      console.log((process.resourceUsage().maxRSS - before) / 1024);`;
    const script = path.join(folder, 'memory.mts');
    writeFileSync(script, code.replaceAll('./lib/', `${path.resolve(__dirname, '..', 'lib')}/`));
    const output = execFileSync(process.execPath, ['--import=tsx', script], { encoding: 'utf8' });
    t.diagnostic(`${Math.round(Number(output))} MB more`);
    assert.ok(Number(output) < 150, `${output} MB`);

    const input = await readClipInput(path.join(fixtures, 'tiny32'));
    const huge = await readPixels(file, input);
    const large = await readPixels(await hugeJpeg(4080, 3060), input);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * (b[i] ?? NaN), 0);
    const cosine = dot(huge, large) / Math.sqrt(dot(huge, huge) * dot(large, large));
    t.diagnostic(`cosine ${cosine.toFixed(6)}`);
    assert.ok(cosine > 0.9999, `${cosine}`);
  },
);
