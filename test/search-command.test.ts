import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { writeWhole } from '../download/write-whole';
import { readCommandLine } from '../tools/search/command-line';
import { repositoryRoot } from '../workshop/settings';
import { runToEnd, runTool } from './support/run-tool';
import { photosDir, sharedPhotoIndex } from './support/search-page';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

let env: NodeJS.ProcessEnv;

before(async () => {
  env = { SERVICE_URI: await testOpenSearchUrl(), INDEX_NAME: await sharedPhotoIndex(), PHOTOS_DIR: photosDir };
});

const search = (...args: string[]) => runTool('search', args, { env });

interface Found {
  query: string;
  model: string;
  verdict: string;
  sentence: string;
  hits: { id: string; image_url: string; cosine: number; z: number; percentile: number }[];
}

test('a text gives a table with cosine, z and percentile, and a verdict; notices stay out of it', async () => {
  const { code, stdout, stderr } = await search('red', 'flowers', '--k', '4');
  assert.equal(code, 0);
  const [heads = '', ...lines] = stdout.trimEnd().split('\n');
  assert.match(heads, /cosine +z +percentile +photo +title/);
  assert.equal(lines.length, 5);
  for (const [i, line] of lines.slice(0, 4).entries()) {
    assert.match(line, new RegExp(`^${i + 1} +0\\.\\d{3} +\\d\\.\\d +\\d+ +photos/\\S+ +\\S`));
  }
  assert.match(lines[4] ?? '', /^(Strong|Weak|Nothing): /);
  assert.match(stderr, /built-in model/i);
  assert.ok(!stdout.includes('\u001b'));
});

test('JSON has the verdict, and for each hit cosine, z and percentile', async () => {
  const { code, stdout, stderr } = await search('--like', 'red-zinnias.jpg', '--minus', 'green', '--k', '5', '--json');
  assert.equal(code, 0, stderr);
  const found = JSON.parse(stdout) as Found;
  assert.deepEqual(Object.keys(found), ['query', 'model', 'verdict', 'sentence', 'hits']);
  const { query, model, hits } = found;
  assert.deepEqual([query, model, hits.length], ['like red-zinnias.jpg, minus "green"', 'models/pocket-clip', 5]);
  assert.match(found.verdict, /^(strong|weak|nothing)$/);
  for (const hit of found.hits) {
    assert.deepEqual(Object.keys(hit), ['id', 'image_url', 'cosine', 'z', 'percentile']);
    assert.ok(hit.image_url === `photos/${hit.id}` && Math.abs(hit.cosine) < 1);
    assert.ok(Number.isFinite(hit.z) && hit.percentile >= 0 && hit.percentile <= 100);
  }
});

test('photos, words to add and to take away, weights, filters and pages reach the search', () => {
  const terms = '--like a.jpg --plus sea --plus-photo b.jpg --minus green --minus-photo c.jpg --weights minus=1,like=2';
  const filter = '--orientation portrait --color green --min-width 300 --max-width 768 --folder a';
  const rest = '--taken-from 2020 --taken-to 2024-05 --k 2 --page 3';
  assert.deepEqual(readCommandLine(`at night ${terms} ${filter} ${rest}`.split(' ')).request, {
    ...{ text: 'at night', like: 'a.jpg', plus: ['sea', { photo: 'b.jpg' }], minus: ['green', { photo: 'c.jpg' }] },
    weights: { minus: 1, like: 2 },
    filter: {
      ...{ orientation: 'portrait', colour: 'green', minWidth: 300, maxWidth: 768, folder: 'a' },
      ...{ takenFrom: '2020', takenTo: '2024-05' },
    },
    ...{ k: 2, page: 3 },
  });
});

test('files are meant from the folder where the command was called', async (t) => {
  const folder = temporaryFolder(t);
  const blue = sharp({ create: { width: 90, height: 90, channels: 3, background: '#08f' } });
  await blue.toFile(path.join(folder, 'mine.png'));
  const npm = ['run', '--silent', '--prefix', repositoryRoot, 'search', '--'];
  const args = [...npm, '--like', './mine.png', '--html', 'page.html'];
  const { code, stdout, stderr } = await runToEnd('npm', args, { cwd: folder, env });
  assert.equal(code, 0, stderr);
  assert.ok(stdout.trimEnd().endsWith(path.join(folder, 'page.html')), stdout);
  assert.deepEqual((await readdir(folder)).sort(), ['mine.png', 'page.html']);
});

test('--html writes a page that holds its pictures, and prints where; what cannot be written is explained', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'page.html');
  await writeFile(file, 'before');
  const { stdout, stderr, code } = await search('<b>red</b>', '--json', '--html', file);
  assert.equal(code, 0, stderr);
  assert.ok((JSON.parse(stdout) as Found).hits.length === 3 && stderr.includes(file));
  const page = await readFile(file, 'utf8');
  assert.match(page, /<h1[^>]*>&lt;b&gt;red&lt;\/b&gt;<\/h1>/);
  assert.equal(page.match(/<img src="data:image\/jpeg;base64,/g)?.length, 3);
  assert.ok(!/<script|<link|<img src="(?!data:)/.test(page));

  await mkdir(path.join(folder, 'taken'));
  const failed = await search('red', '--html', path.join(folder, 'taken'));
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /taken can't be written: there is a folder of this name/);
  const nowhere = /nowhere\/page\.html can't be written: there is no folder/;
  await assert.rejects(writeWhole(path.join(folder, 'nowhere', 'page.html'), ''), nowhere);
  assert.deepEqual((await readdir(folder)).sort(), ['page.html', 'taken']);
});

test('a wrong command line ends with exit code 2, what is wrong and where to read the rest', async () => {
  const cases: [string[], RegExp][] = [
    [[], /nothing to search for/],
    [['x', '--color', 'gray'], /colour is 'gray'/],
    [['x', '--color', 'red', '--colour', 'blue'], /give one/],
    [['x', '--weights', 'minus'], /--weights must look like text=1,minus=0\.5, not minus/],
    [['x', '--weights', 'text=1=2'], /--weights must look like .*, not text=1=2/],
    [['x', '--k', '101', '--page', '100'], /Page 100 of 101/],
    [['x', '--page', '0'], /--page must be a whole number/],
    [['x', '--nonsense'], /--nonsense/],
  ];
  for (const [args, reason] of cases) assert.throws(() => readCommandLine(args), reason);
  const { code, stdout, stderr } = await search('x', '--k', 'many');
  assert.deepEqual([code, stdout], [2, '']);
  const [first, second, ...rest] = stderr.split('\n');
  assert.equal(first, '--k must be a whole number, 1 or more, not many.');
  assert.match(second ?? '', /^Usage: /);
  assert.match(rest.join('\n'), /^.*\nnpm run search -- --help says/);
  assert.doesNotMatch(stderr, /--page N/);
  const help = await search('--help');
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: npm run search/);
});

test('finding nothing is not an error, and says why; a photo that is nowhere is an error', async () => {
  const none = await search('red', '--taken-from', '2020');
  assert.deepEqual([none.code, none.stdout], [0, 'No photo matches the filter.\n']);
  const { code, stderr } = await search('--like', 'nowhere.jpg');
  assert.equal(code, 1);
  assert.match(stderr, /There is no photo 'nowhere\.jpg'/);
  assert.ok(!/ at .*\(/.test(stderr), stderr);
});

test('a reader that has gone ends the command quietly', async () => {
  // Before anything is printed: all that it prints fits into the pipe, and would not be missed.
  const { code, stderr } = await runTool('search', ['red', '--k', '81'], {
    env,
    meanwhile: (child) => void child.stdout?.destroy(),
  });
  assert.equal(code, 0, stderr);
  assert.ok(!stderr.includes('EPIPE'), stderr);
});
