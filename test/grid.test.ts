import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { photoGrid, thumbnailSize, type GridOptions } from '../lib/grid';
import type { PhotoHit } from '../lib/search';
import { addressFrom, notebookAddress } from '../workshop/notebook-address';
import { repositoryRoot } from '../workshop/settings';
import { setEnv } from './support/set-env';
import { temporaryFolder } from './support/temporary-folder';

const folder = temporaryFolder();
const photosDir = path.join(folder, 'photos');
const red = { image_url: 'photos/red.jpg' };

before(async () => {
  await mkdir(photosDir);
  const picture = sharp({ create: { width: 90, height: 300, channels: 3, background: '#c00' } });
  await picture.toFile(path.join(photosDir, 'red.jpg'));
  await picture.toFile(path.join(folder, 'secret.jpg'));
  await symlink(path.join(folder, 'secret.jpg'), path.join(photosDir, 'link.jpg'));
  await writeFile(path.join(photosDir, 'broken.jpg'), 'no picture');
});

function grid(hits: Partial<PhotoHit>[], options: Partial<GridOptions> = {}): Promise<string> {
  const whole = hits.map((hit) => ({ id: 'x', cosine: 0.2746, ...hit }));
  return photoGrid(whole, { photosDir, ...options });
}

test('a tile shows the picture itself, cut to one size, with title, file, cosine and credit, under heading and note, in inline styles only', async () => {
  const credit = { author: 'Jane', licence: 'CC BY 4.0', licence_url: 'https://example.org/by' };
  const note = `${'long '.repeat(100)}<end>`;
  const html = await grid([{ ...red, title: 'Red', ...credit }], { heading: 'reds', note });
  const [, base64 = ''] = /src="data:image\/jpeg;base64,([^"]+)"/.exec(html) ?? [];
  const { width, height } = await sharp(Buffer.from(base64, 'base64')).metadata();
  assert.deepEqual({ width, height }, thumbnailSize);
  for (const part of ['1. Red', 'photos/red.jpg', '0.275', 'Jane', 'alt="Red"']) assert.ok(html.includes(part), part);
  assert.match(html, /<a href="https:\/\/example\.org\/by"[^>]*>CC BY 4\.0<\/a>/);
  assert.doesNotMatch(html, /<style|<script|<svg|object-fit|\son\w+=/i, 'shown where a notebook is not trusted');
  assert.match(html, />reds<\/div><div[^>]*>(long ){100}&lt;end&gt;<\/div>/);
});

test('fifty tiles are numbered in order, and none is a sentence', async () => {
  const numbers = Array.from({ length: 50 }, (_, i) => i);
  const many = await grid(numbers.map((i) => ({ ...red, title: `t${i}` })));
  const ranks = [...many.matchAll(/(\d+)\. t(\d+)/g)].map(([, rank, title]) => [Number(rank), Number(title)]);
  const expected = numbers.map((i) => [i + 1, i]);
  assert.deepEqual(ranks, expected);
  assert.match(await grid([]), /No photos found/);
});

test('text from the index never becomes markup nor LaTeX, cannot blow up the grid, nor stop Jupyter from saving it', async () => {
  const everywhere = (text: string) =>
    grid([{ id: text, image_url: text, title: text, author: text, licence: text }], { heading: text, note: text });
  const html = await everywhere(`"><img src=x onerror=alert(1)><script>alert(2)</script>'$x$`);
  assert.ok(!/<script|<img|"\s*>\s*<img/i.test(html), html);
  assert.match(html, /^<div class="mathjax_ignore tex2jax_ignore"[\s\S]*\$x\$[\s\S]*<\/div>$/);
  const addresses = { source_url: 'javascript:alert(1)', licence_url: 'file:///etc/passwd' };
  assert.ok(!/javascript:|file:/.test(await grid([{ author: 'a', licence: 'b', ...addresses }])));
  const huge = 'x'.repeat(1_000_000);
  assert.ok((await grid([{ image_url: huge, title: huge, author: huge, licence: huge }])).length < 5000);
  const halves = await grid([{ title: 'a\ud83d', author: '\ude00b' }]);
  assert.match(halves, /a\ufffd[\s\S]*\ufffdb/);
  assert.ok(!/\p{Surrogate}/u.test(halves));
});

test('nothing outside the folder of photos is read, and what is missing or broken is named', async () => {
  const outside = ['photos/../secret.jpg', 'photos/link.jpg', '/etc/passwd', `file://${folder}/secret.jpg`];
  for (const image_url of [...outside, 'http://127.0.0.1:1/x.jpg', 'photos/', 'photos/nul\0.jpg', 'photos/gone.jpg']) {
    const html = await grid([{ image_url }]);
    assert.match(html, /No photo here named/, image_url);
    assert.ok(!html.includes('<img'), image_url);
  }
  assert.match(await grid([{}]), /No photo here named x/);
  assert.match(await grid([{ image_url: 'photos/broken.jpg' }]), /can&#39;t be read: photos\/broken\.jpg/);
});

test('in a notebook, links lead from its folder to the whole photo; where Jupyter serves no photo, there is no link', async (t) => {
  const link = async (image_url: string, options: Partial<GridOptions>) => {
    const html = await grid([{ image_url }], options);
    return /href="([^"]+)"/.exec(html)?.[1];
  };
  const ours = { photosDir: path.join(repositoryRoot, 'photos'), address: notebookAddress };
  setEnv(t, 'NOTEBOOK_DIR', path.join(repositoryRoot, 'my', 'own'));
  assert.equal(await link('photos/breaking-wave.jpg', ours), '../../photos/breaking-wave.jpg');
  setEnv(t, 'NOTEBOOK_DIR', undefined);
  assert.equal(await link('photos/breaking-wave.jpg', ours), 'photos/breaking-wave.jpg');
  assert.equal(await link('photos/red.jpg', { address: notebookAddress }), undefined);
  const address = (file: string) => addressFrom(folder, file);
  assert.equal(await link('photos/red.jpg', { address }), 'photos/red.jpg');
});

test('a grid shows all its photos, also where they are more than a process may open files', () => {
  const script = `
    const hits = Array.from({ length: 400 }, () => ({ id: 'x', cosine: 1, image_url: 'photos/red.jpg' }));
    require('./lib/grid').photoGrid(hits, { photosDir: '${photosDir}' }).then((html) => {
      console.log(html.match(/<img/g).length);
    });`;
  const command = ['ulimit -n 100; exec "$0" --require=tsx/cjs --eval "$1"', process.execPath, script];
  assert.equal(execFileSync('sh', ['-c', ...command], { cwd: repositoryRoot, encoding: 'utf8' }), '400\n');
});
