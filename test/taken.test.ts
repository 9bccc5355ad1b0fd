import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { photoTaken } from '../lib/photo-facts';

type Fields = Partial<Record<'DateTimeOriginal' | 'DateTimeDigitized' | 'DateTime', string>>;

/** The EXIF data of a JPEG with these dates. */
async function exif({ DateTime, ...camera }: Fields): Promise<Buffer | undefined> {
  const photo = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
  const image: Record<string, string> = DateTime === undefined ? {} : { DateTime };
  const jpeg = photo.jpeg().withExif({ IFD0: { Software: 'test', ...image }, IFD2: camera });
  return (await sharp(await jpeg.toBuffer()).metadata()).exif;
}

const [first, second, third] = ['2024:05:31 18:20:07', '2025:01:01 00:00:00', '2026:02:02 02:02:02'];

test('a photo was taken at its DateTimeOriginal, else DateTimeDigitized, else DateTime', async () => {
  const cases: [Fields, string | undefined][] = [
    [{ DateTimeOriginal: first, DateTimeDigitized: second, DateTime: third }, '2024-05-31T18:20:07'],
    [{ DateTimeDigitized: second, DateTime: third }, '2025-01-01T00:00:00'],
    [{ DateTime: third }, '2026-02-02T02:02:02'],
    [{}, undefined],
    [{ DateTimeOriginal: '0000:00:00 00:00:00', DateTime: third }, '2026-02-02T02:02:02'],
  ];
  for (const [fields, expected] of cases) {
    assert.equal(photoTaken(await exif(fields)), expected, JSON.stringify(fields));
  }
});

test('a date that is cut, empty or never was is none', async () => {
  for (const date of ['2024:05:31 18:2', '2024', '20', '2', '    :  :     :  :  ', '2023:02:30 10:00:00']) {
    assert.equal(photoTaken(await exif({ DateTimeOriginal: date })), undefined, date);
  }
  const whole = await exif({ DateTimeOriginal: first });
  assert.ok(whole);
  for (let length = 0; length < whole.length - 30; length++) {
    const taken = photoTaken(whole.subarray(0, length));
    assert.ok(taken === undefined || taken === '2024-05-31T18:20:07', `${length}: ${taken}`);
  }
});
