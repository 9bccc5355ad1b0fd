import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { escapeHtml } from '../lib/html';
import sources from '../maintain/photo-sources.json';

const photosDir = path.resolve(__dirname, '..', 'photos');
const companions = ['CREDITS.md', 'credits.json'];
const photos = readdirSync(photosDir)
  // JupyterLab leaves a hidden folder where a photo was opened.
  .filter((file) => !file.startsWith('.') && !companions.includes(file))
  .sort();
const read = (file: string) => readFileSync(path.join(photosDir, file), 'utf8');
const credits = JSON.parse(read('credits.json')) as Record<string, Record<string, unknown>>;

/** Licences under which a picture may be passed on with credit, and where each can be read. */
const allowedLicences: Record<string, string> = {
  'CC0 1.0': 'https://creativecommons.org/publicdomain/zero/1.0/',
  'CC BY 2.0': 'https://creativecommons.org/licenses/by/2.0/',
  'CC BY 3.0': 'https://creativecommons.org/licenses/by/3.0/',
  'CC BY 4.0': 'https://creativecommons.org/licenses/by/4.0/',
  'CC BY-SA 3.0': 'https://creativecommons.org/licenses/by-sa/3.0/',
  'CC BY-SA 4.0': 'https://creativecommons.org/licenses/by-sa/4.0/',
  'GPL 2 or later': 'https://www.gnu.org/licenses/old-licenses/gpl-2.0.html',
  'LGPL 2.1 or later': 'https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html',
  'LGPL 3': 'https://www.gnu.org/licenses/lgpl-3.0.html',
  'Public domain': 'https://creativecommons.org/publicdomain/mark/1.0/',
};

test('photos/ holds at least 60 pictures with telling names, nothing else, and maintain/make-photos.ts knows how to make each again', () => {
  assert.ok(photos.length >= 60, `${photos.length} pictures`);
  const odd = photos.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*\.jpg$/.test(file));
  assert.deepEqual(odd, [], 'keep photos of your own in a folder named by PHOTOS_DIR');
  assert.deepEqual(sources.photos.map(({ file }) => file).sort(), photos);
});

test('every photo decodes, is a JPEG in sRGB of at most 768 pixels and 120 kB, lies upright, and carries its credit and no other metadata', async () => {
  for (const file of photos) {
    const picture = path.join(photosDir, file);
    const bytes = statSync(picture).size;
    assert.ok(bytes <= 120_000, `${file} has ${bytes} bytes`);
    const { format, space, width, height, orientation, exif, icc, iptc, xmp } = await sharp(picture).metadata();
    assert.deepEqual([format, space, orientation ?? 1], ['jpeg', 'srgb', 1], file);
    assert.ok(Math.max(width, height) <= 768, `${file} is ${width} x ${height}`);
    const pixels = await sharp(picture, { failOn: 'warning' }).raw().toBuffer();
    assert.equal(pixels.length, width * height * 3, file);
    for (const field of ['title', 'author', 'licence', 'licence_url']) {
      const value = `>${escapeHtml(String(credits[file]?.[field]))}<`;
      assert.ok(xmp?.toString('utf8').includes(value), `${file}: ${field}`);
    }
    assert.deepEqual([exif, icc, iptc], [undefined, undefined, undefined], file);
  }
});

test('every photo has a complete credit with a licence that lets it be passed on, also in CREDITS.md, and no credit lacks its photo', () => {
  assert.deepEqual(Object.keys(credits).sort(), photos);
  const rows = read('CREDITS.md').split('\n');
  for (const [file, credit] of Object.entries(credits)) {
    const row = rows.find((line) => line.startsWith(`| [${file}](${file}) |`));
    for (const field of ['title', 'author', 'licence', 'licence_url', 'source', 'source_url']) {
      const value = credit[field];
      assert.ok(typeof value === 'string' && value.trim() !== '', `${file} lacks ${field}`);
      if (!field.startsWith('source')) assert.ok(row?.includes(value), `${file}: ${field}`);
    }
    assert.equal(credit.licence_url, allowedLicences[String(credit.licence)], file);
    assert.match(String(credit.source_url), /^https?:\/\/\S+$/, file);
  }
});
