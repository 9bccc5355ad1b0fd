import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { uploadPhotos } from '../lib/upload';
import { readCommandLine } from '../tools/search/command-line';
import { builtInClip } from './support/built-in-clip';
import { testClient } from './support/photo-indexes';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = `test-search-command-${process.pid}`;
const photosDir = path.join(repositoryRoot, 'photos');
let client: Client;
let env: NodeJS.ProcessEnv;

before(async () => {
  client = await testClient();
  const clip = await builtInClip();
  const { photos } = await findPhotos(photosDir);
  await createPhotoIndex(client, { index, body: photoIndexBody(clip.identity), recreate: true });
  await uploadPhotos(client, { index, clip, photos, progress: silentProgress });
  await clip.dispose();
  env = {
    ...process.env,
    SERVICE_URI: await testOpenSearchUrl(),
    INDEX_NAME: index,
    PHOTOS_DIR: photosDir,
  };
});

after(async () => {
  await client.indices.delete({ index, ignore_unavailable: true });
  await client.close();
});

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** `npm run search`, called from `folder`. */
function search(args: string[], folder = repositoryRoot, extra: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      'npm',
      ['run', '--silent', 'search', '--', ...args],
      { cwd: folder, env: { ...env, ...extra } },
      (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ exitCode, stdout, stderr });
      },
    );
  });
}

interface Found {
  query: string;
  model: string;
  verdict: string;
  sentence: string;
  hits: { id: string; image_url: string; cosine: number; z: number; percentile: number }[];
}

async function searchJson(...args: string[]): Promise<Found> {
  const { exitCode, stdout, stderr } = await search([...args, '--json']);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Found;
}

test('a text gives a table with cosine, z and percentile, and a verdict; notices stay out of it', async () => {
  const { exitCode, stdout, stderr } = await search(['red', 'flowers', '--k', '4']);
  assert.equal(exitCode, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /cosine +z +percentile +photo +title/);
  for (const [i, line] of lines.slice(1, 5).entries()) {
    assert.match(line, new RegExp(`^${i + 1} +0\\.\\d{3} +\\d\\.\\d +\\d+ +photos/\\S+ +\\S`));
  }
  assert.match(lines[5] ?? '', /^(Strong|Weak|Nothing): /);
  assert.equal(lines.length, 6);
  assert.match(stderr, /built-in model/i);
  assert.ok(!stdout.includes('\u001b'));
});

test('JSON has the verdict, and for each hit cosine, z and percentile', async () => {
  const found = await searchJson('red flowers', '--k', '5');
  assert.deepEqual(Object.keys(found), ['query', 'model', 'verdict', 'sentence', 'hits']);
  assert.deepEqual([found.query, found.model, found.hits.length], ['red flowers', 'models/pocket-clip', 5]);
  assert.match(found.verdict, /^(strong|weak|nothing)$/);
  for (const hit of found.hits) {
    assert.deepEqual(Object.keys(hit), ['id', 'image_url', 'cosine', 'z', 'percentile']);
    assert.ok(hit.image_url === `photos/${hit.id}` && Math.abs(hit.cosine) < 1);
    assert.ok(Number.isFinite(hit.z) && hit.percentile >= 0 && hit.percentile <= 100);
  }
  assert.equal((await searchJson('sdfsdf')).verdict, 'nothing');
});

test('photos, words to add and to take away, weights, filters and pages reach the search', async () => {
  const like = await searchJson('--like', 'red-zinnias.jpg', '--minus', 'green', '--weights', 'minus=1', '--k', '80');
  assert.equal(like.query, 'like red-zinnias.jpg, minus "green"');
  assert.ok(!like.hits.some(({ id }) => id === 'red-zinnias.jpg'));
  const plain = await searchJson('--like', 'red-zinnias.jpg', '--k', '80');
  assert.notEqual(like.hits[0]?.id, plain.hits[0]?.id);

  const filter = ['--orientation', 'portrait', '--colour', 'green', '--min-width', '300', '--max-width', '768'];
  const all = await searchJson('red', ...filter, '--k', '9');
  const second = await searchJson('red', ...filter, '--k', '2', '--page', '2');
  assert.deepEqual(
    second.hits.map(({ id }) => id),
    all.hits.slice(2, 4).map(({ id }) => id),
  );
  assert.equal(second.verdict, all.verdict);
});

test('files are meant from the folder where the command was called', async (t) => {
  const folder = temporaryFolder(t);
  await sharp({ create: { width: 90, height: 90, channels: 3, background: '#08f' } })
    .png()
    .toFile(path.join(folder, 'mine.png'));
  const { exitCode, stdout, stderr } = await new Promise<Ended>((resolve) => {
    execFile(
      'npm',
      ['run', '--silent', '--prefix', repositoryRoot, 'search', '--', '--like', './mine.png', '--html', 'page.html'],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        resolve({ exitCode: error ? 1 : 0, stdout, stderr });
      },
    );
  });
  assert.equal(exitCode, 0, stderr);
  assert.ok(stdout.trimEnd().endsWith(path.join(folder, 'page.html')), stdout);
  assert.deepEqual((await readdir(folder)).sort(), ['mine.png', 'page.html']);
});

test('--html writes a page that holds its pictures, and prints where; what cannot be written is explained', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'page.html');
  await writeFile(file, 'before');
  const { stdout, stderr, exitCode } = await search(['<b>red</b>', '--json', '--html', file]);
  assert.equal(exitCode, 0, stderr);
  assert.ok((JSON.parse(stdout) as Found).hits.length === 3 && stderr.includes(file));
  const page = await readFile(file, 'utf8');
  assert.match(page, /<h1[^>]*>&lt;b&gt;red&lt;\/b&gt;<\/h1>/);
  assert.equal(page.match(/<img src="data:image\/jpeg;base64,/g)?.length, 3);
  assert.ok(!/<script|<link|<img src="(?!data:)/.test(page));

  await mkdir(path.join(folder, 'taken'));
  const cases: [string, RegExp][] = [
    ['nowhere/page.html', /nowhere\/page\.html can't be written: there is no folder/],
    ['taken', /taken can't be written: there is a folder of this name/],
  ];
  for (const [name, reason] of cases) {
    const failed = await search(['red', '--html', path.join(folder, name)]);
    assert.deepEqual([failed.exitCode, reason.test(failed.stderr)], [1, true], failed.stderr);
  }
  assert.deepEqual((await readdir(folder)).sort(), ['page.html', 'taken']);
});

test('a wrong command line ends with exit code 2, what is wrong and where the rest stands', async () => {
  const cases: [string[], RegExp][] = [
    [[], /nothing to search for/],
    [['x', '--colour', 'gray'], /colour is 'gray'/],
    [['x', '--color', 'gray'], /colour is 'gray'/],
    [['x', '--color', 'red', '--colour', 'blue'], /give one/],
    [['x', '--weights', 'minus'], /--weights must look like text=1,minus=0\.5, not minus/],
    [['x', '--weights', 'text=1=2'], /--weights must look like .*, not text=1=2/],
    [['x', '--min-width', '9', '--max-width', '8'], /leaves nothing/],
    [['x', '--k', '101', '--page', '100'], /Page 100 of 101/],
    [['x', '--page', '0'], /--page must be a whole number/],
    [['x', '--taken-from', 'May'], /'May', which is not a date/],
    [['x', '--nonsense'], /--nonsense/],
  ];
  for (const [args, reason] of cases) assert.throws(() => readCommandLine(args), reason);
  const { exitCode, stdout, stderr } = await search(['x', '--k', 'many']);
  assert.deepEqual([exitCode, stdout], [2, '']);
  assert.match(
    stderr,
    /^--k must be a whole number, 1 or more, not many\.\nUsage: .*\n.*\nnpm run search -- --help tells/,
  );
  assert.doesNotMatch(stderr, /--page N/);
  const help = await search(['--help']);
  assert.equal(help.exitCode, 0);
  assert.match(help.stdout, /^Usage: npm run search/);
});

test('nothing found is no error, and says why; a photo that is nowhere is one', async () => {
  const none = await search(['red', '--taken-from', '2020']);
  assert.deepEqual([none.exitCode, none.stdout], [0, 'No photo fulfils the filter.\n']);
  assert.deepEqual((await searchJson('red', '--folder', 'nowhere')).hits, []);
  const { exitCode, stderr } = await search(['--like', 'nowhere.jpg']);
  assert.equal(exitCode, 1);
  assert.match(stderr, /There is no photo 'nowhere\.jpg'/);
  assert.ok(!/ at .*\(/.test(stderr), stderr);
});

test('a reader that has gone ends the command quietly', async () => {
  const child = spawn('npm', ['run', '--silent', 'search', '--', 'red', '--k', '81'], {
    cwd: repositoryRoot,
    env,
  });
  // Before anything is printed: all that it prints fits into the pipe, and would not be missed.
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, stderr);
  assert.ok(!stderr.includes('EPIPE'), stderr);
});
