import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { isHeicProblem, openPhoto, photoProblem } from '../lib/open-photo';
import { jpeg } from './support/photo-files';
import { temporaryFolder } from './support/temporary-folder';

const heic = readFileSync(path.join(__dirname, 'fixtures', 'red.heic'));

test("what is wrong with a photo is never told by another's message, whatever the library mixes into it", async (t) => {
  const folder = temporaryFolder(t);
  const avif = await sharp(await jpeg(1))
    .avif()
    .toBuffer();
  const files: [string, Buffer | undefined, RegExp][] = [
    ['cut.avif', avif.subarray(0, -20), /^cannot be decoded/],
    ['cut.jpg', (await jpeg(2)).subarray(0, 300), /^cannot be decoded/],
    ['phone.heic', heic, /^is HEIC, .*convert it to JPEG/],
    ['gone.jpg', undefined, /^is not there/],
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
    for (const message of messages) {
      assert.match(await photoProblem(file, new Error(message)), expected, name);
      if (bytes) assert.match(await photoProblem(bytes, new Error(message)), expected, name);
    }
  }
  const text = path.join(folder, 'text.jpg');
  writeFileSync(text, 'no picture');
  const missing = new Error(`Input file is missing: ${text}`);
  assert.match(await photoProblem(text, missing), /^is not a picture/, 'it is there');
});

test('a HEIC photo is told as HEIC, also where its header is broken; AVIF never is', async () => {
  const problemOf = (bytes: Buffer) =>
    openPhoto(bytes).then(
      ({ image }) => image.toBuffer().then(String, (error: unknown) => photoProblem(bytes, error)),
      (error: unknown) => photoProblem(bytes, error),
    );
  const broken = Buffer.from(heic).fill(0xff, 40, 200);
  for (const bytes of [heic, broken, heic.subarray(0, 60)]) {
    const problem = await problemOf(bytes);
    assert.ok(isHeicProblem(problem), problem);
  }
  const avif = await sharp(await jpeg(1))
    .avif()
    .toBuffer();
  for (const length of [20, 60, 400]) {
    const problem = await problemOf(avif.subarray(0, length));
    assert.match(problem, /^(cannot be decoded|is not a picture)/);
  }
});
