import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { loadClip } from '../lib/clip';
import { builtInFolder } from '../clip-model/built-in-model';
import { folderIdentity } from '../clip-model/local-folder';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { uploadPhotos } from '../lib/upload';
import { readCommandLine } from '../tools/search/command-line';
import { pictureProtocol, terminalPictures } from '../tools/search/terminal-pictures';
import { hostileDocuments } from './support/hostile-documents';
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
  const clip = await loadClip({
    folder: builtInFolder,
    identity: await folderIdentity(builtInFolder),
  });
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
function search(
  args: string[],
  folder = repositoryRoot,
  extra: NodeJS.ProcessEnv = {},
): Promise<Ended> {
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

test('where CLIP_MODEL names another model than the index has, a sentence says so, beside the results', async () => {
  const { exitCode, stdout, stderr } = await search(['red', '--json'], repositoryRoot, {
    CLIP_MODEL: 'org/clip',
  });
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^CLIP_MODEL is org\/clip, but the index holds vectors of models\//m);
  assert.doesNotMatch(stdout, /org\/clip/);
});

test('JSON has the verdict, and for each hit cosine, z and percentile', async () => {
  const found = await searchJson('red flowers', '--k', '5');
  assert.deepEqual(Object.keys(found), ['query', 'model', 'verdict', 'sentence', 'hits']);
  assert.deepEqual(
    [found.query, found.model, found.hits.length],
    ['red flowers', 'models/pocket-clip', 5],
  );
  assert.match(found.verdict, /^(strong|weak|nothing)$/);
  for (const hit of found.hits) {
    assert.deepEqual(Object.keys(hit), ['id', 'image_url', 'cosine', 'z', 'percentile']);
    assert.ok(hit.image_url === `photos/${hit.id}` && Math.abs(hit.cosine) < 1);
    assert.ok(Number.isFinite(hit.z) && hit.percentile >= 0 && hit.percentile <= 100);
  }
  assert.equal((await searchJson('sdfsdf')).verdict, 'nothing');
});

test('photos, words to add and to take away, weights, filters and pages reach the search', async () => {
  const like = await searchJson(
    '--like',
    'red-zinnias.jpg',
    '--minus',
    'green',
    '--weights',
    'minus=1',
    '--k',
    '80',
  );
  assert.equal(like.query, 'like red-zinnias.jpg, minus "green"');
  assert.ok(!like.hits.some(({ id }) => id === 'red-zinnias.jpg'));
  const plain = await searchJson('--like', 'red-zinnias.jpg', '--k', '80');
  assert.notEqual(like.hits[0]?.id, plain.hits[0]?.id);

  const filter = [
    '--orientation',
    'portrait',
    '--colour',
    'green',
    '--min-width',
    '300',
    '--max-width',
    '768',
  ];
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
      [
        'run',
        '--silent',
        '--prefix',
        repositoryRoot,
        'search',
        '--',
        '--like',
        './mine.png',
        '--html',
        'page.html',
      ],
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

test('documents of a hostile index neither command the terminal nor become markup in the page', async (t) => {
  const clip = await loadClip({
    folder: builtInFolder,
    identity: await folderIdentity(builtInFolder),
  });
  t.after(() => clip.dispose());
  const hostile = `${index}-hostile`;
  t.after(() => client.indices.delete({ index: hostile, ignore_unavailable: true }));
  const { _meta, properties = {} } = photoIndexBody(clip.identity).mappings ?? {};
  await client.indices.create({
    index: hostile,
    body: {
      settings: { index: { knn: true } },
      mappings: {
        _meta,
        dynamic: false,
        properties: {
          ...(properties.embedding ? { embedding: properties.embedding } : {}),
          image_url: { type: 'keyword', ignore_above: 1000 },
        },
      },
    },
  });
  const vector = [...(await clip.embedText('red'))];
  const documents = hostileDocuments('http://127.0.0.1:9');
  documents.push({ image_url: 'photos/\u001b]0;x\u0007\u009b2J.jpg', title: '\u001b[2J' });
  for (const document of documents) {
    await client.index({ index: hostile, body: { ...document, embedding: vector } });
  }
  await client.indices.refresh({ index: hostile });
  const file = path.join(temporaryFolder(t), 'page.html');
  const k = String(documents.length);
  const { exitCode, stdout, stderr } = await search(['red', '--k', k, '--html', file], undefined, {
    INDEX_NAME: hostile,
  });
  assert.equal(exitCode, 0, stderr);
  assert.ok(!/[^\P{Cc}\n]|\u202e/u.test(stdout));
  assert.ok(stdout.length < 10_000);
  const page = await readFile(file, 'utf8');
  assert.ok(!/<script|<iframe|<svg|<style|<img src=x|href="(javascript|file|data):/i.test(page));
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

test('pictures are for terminals that say that they can: never for a pipe, a dumb terminal or through tmux', () => {
  const terminal = (depth: number) => ({
    isTTY: true,
    hasColors: (colours?: unknown) => Number(colours) <= depth,
  });
  const cases: [NodeJS.ProcessEnv, number, string | undefined][] = [
    [{ TERM: 'xterm-kitty' }, 256, 'kitty'],
    [{ TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 256, 'kitty'],
    [{ TERM: 'xterm-ghostty' }, 256, 'kitty'],
    [{ TERM_PROGRAM: 'iTerm.app' }, 256, 'iterm'],
    [{ TERM_PROGRAM: 'WezTerm' }, 256, 'iterm'],
    [{ TERM: 'xterm-256color' }, 2 ** 24, 'blocks'],
    [{ TERM: 'xterm-256color' }, 256, undefined],
    [{ TERM: 'screen', TMUX: 'x', KITTY_WINDOW_ID: '1' }, 256, undefined],
    [{ TERM: 'dumb' }, 1, undefined],
  ];
  for (const [variables, depth, protocol] of cases) {
    assert.equal(
      pictureProtocol(terminal(depth) as never, variables),
      protocol,
      JSON.stringify(variables),
    );
  }
  const pipe = { isTTY: undefined, hasColors: undefined } as never;
  assert.equal(pictureProtocol(pipe, { TERM: 'xterm-kitty', COLORTERM: 'truecolor' }), undefined);
});

test('pictures stand side by side as wide as the terminal, with their ranks; a missing one stays empty', async (t) => {
  const folder = temporaryFolder(t);
  await copyFile(path.join(photosDir, 'red-zinnias.jpg'), path.join(folder, 'a.jpg'));
  const hits = ['a', 'b', 'a', 'a'].map((name) => ({
    id: name,
    cosine: 0,
    image_url: `photos/${name}.jpg`,
  }));
  const show = (protocol: 'kitty' | 'iterm' | 'blocks') =>
    terminalPictures(hits, { protocol, photosDir: folder, width: 90, firstRank: 4 });

  const lines = (await show('blocks')).split('\n');
  assert.equal(lines.length, 2 * (10 + 1));
  // eslint-disable-next-line no-control-regex -- the colours of a terminal
  const cells = lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, ''));
  assert.equal(cells[0], `${'▀'.repeat(26)}${' '.repeat(30)}${'▀'.repeat(26)}`);
  assert.deepEqual([cells[10]?.split(/ +/), cells[21]], [['4', '5', '6'], '7']);

  const iterm = await show('iterm');
  const [, options = '', base64 = ''] = /\]1337;File=([^:]*):([A-Za-z0-9+/=]*)/.exec(iterm) ?? [];
  assert.match(options, /inline=1;.*width=82;height=10/);
  const { width, height } = await sharp(Buffer.from(base64, 'base64')).metadata();
  assert.deepEqual([width, height], [820, 200]);

  const chunks = [...(await show('kitty')).matchAll(/_G([^;]*);([A-Za-z0-9+/=]*)/g)];
  assert.match(chunks[0]?.[1] ?? '', /^a=T,f=100,q=2,c=82,r=10,m=1$/);
  assert.ok(chunks.every(([, , data = '']) => data.length <= 4096));
  const firstRow = chunks.slice(0, chunks.findIndex(([, control]) => control === 'm=0') + 1);
  const png = Buffer.from(firstRow.map(([, , data]) => data).join(''), 'base64');
  assert.equal((await sharp(png).metadata()).format, 'png');
});
