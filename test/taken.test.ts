import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { photoTaken } from '../lib/photo-facts';

/** The EXIF data of a JPEG with these dates. */
async function exif(original?: string, digitized?: string, changed?: string): Promise<Buffer | undefined> {
  const fields = (dates: Record<string, string | undefined>) =>
    Object.fromEntries(Object.entries(dates).filter(([, date]) => date !== undefined)) as Record<string, string>;
  const IFD0 = fields({ Software: 'test', DateTime: changed });
  const IFD2 = fields({ DateTimeOriginal: original, DateTimeDigitized: digitized });
  const photo = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
  return (await sharp(await photo.jpeg().withExif({ IFD0, IFD2 }).toBuffer()).metadata()).exif;
}

test('a photo was taken at its DateTimeOriginal, else DateTimeDigitized, else DateTime; a date that is cut, empty or never was is none', async () => {
  const [first, second, third] = ['2024:05:31 18:20:07', '2025:01:01 00:00:00', '2026:02:02 02:02:02'];
  const cases: [dates: (string | undefined)[], taken: string | undefined][] = [
    [[first, second, third], '2024-05-31T18:20:07'],
    [[undefined, second, third], '2025-01-01T00:00:00'],
    [[undefined, undefined, third], '2026-02-02T02:02:02'],
    [[], undefined],
    [['0000:00:00 00:00:00', undefined, third], '2026-02-02T02:02:02'],
    ...['2024:05:31 18:2', '2024', '20', '2', '    :  :     :  :  ', '2023:02:30 10:00:00'].map(
      (date): [string[], undefined] => [[date], undefined],
    ),
  ];
  for (const [dates, taken] of cases) assert.equal(photoTaken(await exif(...dates)), taken, dates.join());
  const whole = await exif(first);
  assert.ok(whole);
  for (let length = 0; length < whole.length - 30; length++) {
    assert.ok([undefined, '2024-05-31T18:20:07'].includes(photoTaken(whole.subarray(0, length))), `${length}`);
  }
});
