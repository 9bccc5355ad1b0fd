import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { photoGrid, thumbnailSize } from '../lib/grid';
import type { PhotoHit } from '../lib/search';
import { addressFrom, notebookAddress } from '../workshop/photo-address';
import { repositoryRoot } from '../workshop/settings';

let folder: string;
let photosDir: string;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grid-'));
  photosDir = path.join(folder, 'photos');
  await mkdir(photosDir);
  const red = sharp({ create: { width: 90, height: 300, channels: 3, background: '#c00' } });
  await red.jpeg().toFile(path.join(photosDir, 'red.jpg'));
  await red.jpeg().toFile(path.join(folder, 'secret.jpg'));
  await symlink(path.join(folder, 'secret.jpg'), path.join(photosDir, 'link.jpg'));
  await writeFile(path.join(photosDir, 'broken.jpg'), 'no picture');
});

after(() => rm(folder, { recursive: true, force: true }));

function grid(...hits: Partial<PhotoHit>[]): Promise<string> {
  return photoGrid(
    hits.map((hit) => ({ id: 'x', cosine: 0.25, ...hit })),
    { photosDir },
  );
}

test('a tile shows the picture itself, cut to one size, with title, file, cosine and credit', async () => {
  const html = await grid({
    image_url: 'photos/red.jpg',
    title: 'Red',
    cosine: 0.2746,
    author: 'Jane',
    licence: 'CC BY 4.0',
    licence_url: 'https://example.org/by',
  });
  const [, base64 = ''] = /src="data:image\/jpeg;base64,([^"]+)"/.exec(html) ?? [];
  const { width, height } = await sharp(Buffer.from(base64, 'base64')).metadata();
  assert.deepEqual({ width, height }, thumbnailSize);
  for (const part of ['1. Red', 'photos/red.jpg', '0.275', 'Jane', 'alt="Red"']) {
    assert.ok(html.includes(part), part);
  }
  assert.match(html, /<a href="https:\/\/example\.org\/by"[^>]*>CC BY 4\.0<\/a>/);
});

test('fifty tiles are numbered in order, and none is a sentence', async () => {
  const many = await grid(...Array.from({ length: 50 }, (_, i) => ({ image_url: 'photos/red.jpg', title: `t${i}` })));
  const ranks = [...many.matchAll(/(\d+)\. t(\d+)/g)].map(([, rank, title]) => [rank, title]);
  assert.deepEqual(
    ranks,
    Array.from({ length: 50 }, (_, i) => [String(i + 1), String(i)]),
  );
  assert.match(await grid(), /No photos found/);
});

test('above the pictures stand the heading and, whole, the note', async () => {
  const note = `${'long '.repeat(100)}<end>`;
  const html = await photoGrid([], { photosDir, heading: 'red', note });
  assert.match(html, />red<\/div><div[^>]*>(long ){100}&lt;end&gt;<\/div>.*No photos found/);
});

test('text from the index never becomes markup', async () => {
  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;
  const html = await photoGrid([{ id: evil, cosine: 0, image_url: evil, title: evil, author: evil, licence: evil }], {
    photosDir,
    heading: evil,
    note: evil,
  });
  assert.ok(!/<script|<img|"\s*>\s*<img/i.test(html), html);
  const harmful = {
    author: 'a',
    source_url: 'javascript:alert(1)',
    licence: 'b',
    licence_url: 'file:///etc/passwd',
  };
  assert.ok(!/javascript:|file:/.test(await grid(harmful)));
});

test('nothing outside the folder of photos is read, and what is missing or broken is named', async () => {
  const outside = [
    'photos/../secret.jpg',
    'photos/link.jpg',
    '/etc/passwd',
    `file://${folder}/secret.jpg`,
    'http://127.0.0.1:1/x.jpg',
    'photos/',
    'photos/nul\0.jpg',
    'photos/gone.jpg',
  ];
  for (const image_url of outside) {
    const html = await grid({ image_url });
    assert.match(html, /No photo here named/, image_url);
    assert.ok(!html.includes('<img'), image_url);
  }
  assert.match(await grid({}), /No photo here named x/);
  assert.match(await grid({ image_url: 'photos/broken.jpg' }), /can&#39;t be read: photos\/broken\.jpg/);
});

test('what stands between two $ stays as it is: JupyterLab is told not to look for LaTeX', async () => {
  const html = await grid({ title: '$x$' });
  assert.match(html, /^<div class="mathjax_ignore tex2jax_ignore"[\s\S]*\$x\$[\s\S]*<\/div>$/);
});

test('the grid survives a notebook that is not trusted: inline styles only', async () => {
  const html = await grid({ image_url: 'photos/red.jpg' }, { image_url: 'photos/gone.jpg' });
  assert.ok(!/<style|<script|<svg|object-fit|\son\w+=/i.test(html));
});

test('a huge string in the index cannot blow up the grid', async () => {
  const huge = 'x'.repeat(1_000_000);
  assert.ok((await grid({ image_url: huge, title: huge, author: huge, licence: huge })).length < 5000);
});

test('half a character from the index does not stop Jupyter from saving the notebook', async () => {
  const html = await grid({ title: 'a\ud83d', author: '\ude00b' });
  assert.ok(!/\p{Surrogate}/u.test(html));
  assert.match(html, /a\ufffd[\s\S]*\ufffdb/);
});

test('in a notebook, links lead from its folder to the whole photo; where Jupyter serves none, there is none', async () => {
  const hit = { id: 'x', cosine: 0.3, image_url: 'photos/breaking-wave.jpg' };
  const ours = path.join(repositoryRoot, 'photos');
  const link = async () => {
    const html = await photoGrid([hit], { photosDir: ours, address: notebookAddress });
    return /href="([^"]+breaking-wave[^"]+)"/.exec(html)?.[1];
  };
  const { NOTEBOOK_DIR } = process.env;
  try {
    delete process.env.NOTEBOOK_DIR;
    assert.equal(await link(), 'photos/breaking-wave.jpg');
    process.env.NOTEBOOK_DIR = path.join(repositoryRoot, 'my', 'own');
    assert.equal(await link(), '../../photos/breaking-wave.jpg');
  } finally {
    if (NOTEBOOK_DIR === undefined) delete process.env.NOTEBOOK_DIR;
    else process.env.NOTEBOOK_DIR = NOTEBOOK_DIR;
  }
  assert.ok(!(await grid({ image_url: 'photos/red.jpg' })).includes('href='));
  const page = await photoGrid([{ id: 'x', cosine: 0, image_url: 'photos/red.jpg' }], {
    photosDir,
    address: (file) => addressFrom(folder, file),
  });
  assert.match(page, /href="photos\/red\.jpg"/);
});
