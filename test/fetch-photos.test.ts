import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { findPhotos } from '../lib/photos';
import { fetchPhotos, type FetchPhotosOptions } from '../tools/photos/fetch-photos';
import { originalPhotos, parsePhotoList } from '../tools/photos/photo-list';
import { photoRepository, tarOf, type PhotoRepository } from './support/photo-repository';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

const root = path.resolve(__dirname, '..');

interface Scene extends PhotoRepository {
  folder: string;
  notices: string[];
  /** Fetches into the folder; of 40 photos up to 15 missing ones come singly. */
  fetch: (options?: Partial<FetchPhotosOptions>) => Promise<number>;
}

async function scene(t: TestContext): Promise<Scene> {
  const repository = await photoRepository(t);
  const folder = path.join(temporaryFolder(t), 'photos-1000');
  const notices: string[] = [];
  const fetch = (options: Partial<FetchPhotosOptions> = {}) =>
    fetchPhotos(repository.list, folder, {
      endpoint: repository.hub.url,
      progress: silentProgress,
      onNotice: (sentence) => notices.push(sentence),
      firstPauseMs: 5,
      mostSingly: 15,
      ...options,
    });
  return { ...repository, folder, notices, fetch };
}

/** The folder holds the photos and their credits, each as in the repository, and nothing else. */
function assertComplete({ folder, contents }: Scene): void {
  assert.deepEqual(readdirSync(folder).sort(), [...contents.keys(), 'credits.json'].sort());
  for (const [name, content] of contents) {
    assert.ok(readFileSync(path.join(folder, name)).equals(content), name);
  }
}

function arrived({ folder, contents }: Scene): string[] {
  return [...contents.keys()].filter((name) => existsSync(path.join(folder, name)));
}

const paths = ({ hub }: Scene) => hub.requests.map((request) => request.path);

test('all photos come with one request, as `git archive` packs them, whole and right', async (t) => {
  const here = await scene(t);
  assert.equal(await here.fetch(), 40);
  assertComplete(here);
  assert.deepEqual(paths(here), [here.archivePath]);
  assert.deepEqual(here.notices, []);
});

test('each photo gets a credit that the upload reads: its licence, and its page, which names the photographer', async (t) => {
  const here = await scene(t);
  await here.fetch();
  const { photos, notice, passedOver, skipped } = await findPhotos(here.folder);
  assert.equal(notice, undefined);
  assert.deepEqual([passedOver, skipped], [{}, []]);
  assert.equal(photos.length, 40);
  for (const { name, credit } of photos) {
    assert.equal(credit.source_url, `https://unsplash.com/photos/${name.replace('.jpg', '')}`);
    assert.equal(credit.licence, 'Unsplash License');
    assert.equal(credit.licence_url, 'https://unsplash.com/license');
    assert.match(credit.author ?? '', /Unsplash/);
  }
});

test('run again it makes no request and touches no file; credits of other photos stay', async (t) => {
  const here = await scene(t);
  mkdirSync(here.folder);
  writeFileSync(path.join(here.folder, 'credits.json'), '{ "mine.jpg": { "author": "Me" } }');
  await here.fetch();
  const credits = readFileSync(path.join(here.folder, 'credits.json'), 'utf8');
  assert.equal((JSON.parse(credits) as Record<string, { author: string }>)['mine.jpg']?.author, 'Me');
  const times = () => readdirSync(here.folder).map((name) => statSync(path.join(here.folder, name)).ctimeMs);
  const before = times();
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 0);
  assert.deepEqual(here.hub.requests, []);
  assert.deepEqual(times(), before);
});

test('a connection that is cut is tried again, and the reader is told', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { cutAfter: Math.round(here.archive.length / 2) });
  await here.fetch();
  assertComplete(here);
  assert.deepEqual(paths(here), [here.archivePath, here.archivePath]);
  assert.match(here.notices.join('\n'), /was cut off.*Trying again/);
});

test('a server that falls silent is tried again', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { stallAfter: 2000 });
  await here.fetch({ stallTimeoutMs: 300 });
  assertComplete(here);
  assert.match(here.notices.join('\n'), /sent nothing for 0\.3 s/);
});

test('over a line that always breaks at the same place the rest comes photo by photo', async (t) => {
  const here = await scene(t);
  const cut = { cutAfter: Math.round(here.archive.length * 0.8) };
  here.hub.fail('.tar.gz', ...Array.from({ length: 10 }, () => cut));
  await here.fetch();
  assertComplete(here);
  const single = paths(here).filter((one) => one !== here.archivePath);
  assert.ok(single.length > 0 && single.length < 20, String(single.length));
  assert.match(here.notices.join('\n'), /Fetching the other \d+ photos one by one/);
});

test('an interrupted run keeps what has arrived, and the next fetches only the rest', async (t) => {
  const here = await scene(t);
  const interrupt = new AbortController();
  here.hub.fail('.tar.gz', { slowMs: 15 });
  const stopAt30 = {
    finish: () => undefined,
    update: (_done: number, note = '') => {
      if (note.startsWith('30 of 40')) interrupt.abort(new Error('interrupted'));
    },
  };
  await assert.rejects(here.fetch({ signal: interrupt.signal, progress: stopAt30 }), /interrupted/);
  const kept = arrived(here);
  assert.ok(kept.length >= 30 && kept.length < 40, String(kept.length));
  const before = kept.map((name) => statSync(path.join(here.folder, name)).ctimeMs);
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 40 - kept.length);
  assertComplete(here);
  assert.equal(here.hub.requests.length, 40 - kept.length);
  assert.deepEqual(
    kept.map((name) => statSync(path.join(here.folder, name)).ctimeMs),
    before,
  );
});

test('killed at any moment it leaves whole photos only, and the next run completes them', async (t) => {
  const here = await scene(t);
  const listFile = path.join(temporaryFolder(t), 'list.json');
  writeFileSync(listFile, JSON.stringify(here.list));
  let halfway = 0;
  for (const wanted of [1, 10, 25, 39]) {
    here.hub.fail('.tar.gz', { slowMs: 25 });
    const worker = path.join(__dirname, 'support', 'photos-worker.ts');
    const child = spawn(process.execPath, ['--import=tsx', worker, listFile, here.folder, here.hub.url], {
      stdio: 'inherit',
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    while (child.exitCode === null && arrived(here).length < wanted) await pause(3);
    child.kill('SIGKILL');
    await closed;
    const kept = arrived(here);
    if (kept.length < 40) halfway++;
    for (const name of kept) {
      const content = readFileSync(path.join(here.folder, name));
      assert.ok(here.contents.get(name)?.equals(content), `${name} is not whole`);
    }
  }
  assert.ok(halfway >= 2, `only ${halfway} kills met a fetch half-way`);
  writeFileSync(path.join(here.folder, `.${here.list.photos[0]?.name ?? ''}-ab12.part`), 'half');
  await here.fetch();
  assertComplete(here);
});

test('a server that asks for an hour is not waited for, and the reader learns what a class can do', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { status: 429, headers: { 'retry-after': '3600' } });
  await assert.rejects(here.fetch(), /HTTP 429.*asks to wait 60 minutes.*let one fetch .* share the folder/);
});

test('a photo that is damaged in the archive is fetched by itself, one that is damaged on the disk as well', async (t) => {
  const here = await scene(t);
  const [first, second] = [...here.contents.keys()];
  assert.ok(first !== undefined && second !== undefined);
  const entries = [...here.contents].map(([name, content]) => ({
    name: `top/photos/${name}`,
    content: name === first ? Buffer.from('not this photo') : content,
  }));
  here.hub.serve(here.archivePath, gzipSync(tarOf(entries)));
  await here.fetch();
  assertComplete(here);
  assert.equal(paths(here).length, 2);
  assert.match(paths(here)[1] ?? '', new RegExp(`/raw/[0-9a-f]{40}/photos/${first}$`));

  writeFileSync(path.join(here.folder, second), 'overwritten');
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 1);
  assertComplete(here);
  assert.equal(paths(here).length, 1);
});

test('the log-in page of a network is no archive and no photo: nothing of it is kept, and the reader is told', async (t) => {
  const here = await scene(t);
  const page = { body: Buffer.from('<html>Log in</html>') };
  here.hub.fail('.tar.gz', page);
  here.hub.fail('.jpg', ...Array.from({ length: 200 }, () => page));
  await assert.rejects(here.fetch(), /log-in page of a network/);
  assert.match(here.notices.join('\n'), /did not send a sound archive/);
  assert.equal(existsSync(here.folder), false);
});

test('names that lead out of the folder, links and giants in an archive write nothing', async (t) => {
  const here = await scene(t);
  const [name = '', content] = [...here.contents][0] ?? [];
  const evil = Buffer.from('evil');
  const hostile = [
    { name: '../photos/../evil.jpg', content: evil },
    { name: '../../evil.jpg', content: evil },
    { name: path.join(here.folder, '..', 'evil.jpg'), content: evil },
    { name: `top/photos/..\\${name}`, content: evil },
    { name: `top/photos/${name}/evil.jpg`, content: evil },
    { name: `top/photos/${name}`, type: '2', linkTo: '/etc/passwd' },
    { name: `top/photos/${name}`, content: evil },
    { name: `top/other/${name}`, content },
    { name: `top/photos/.lock`, content: evil },
    { name: 'top/photos/credits.json', content: evil },
    { name: 'top/giant.bin', content: Buffer.alloc(2_000_000) },
  ];
  here.hub.serve(here.archivePath, gzipSync(tarOf(hostile)));
  await here.fetch();
  assertComplete(here);
  assert.equal(paths(here).length, 41, 'not one photo came from that archive');
  assert.deepEqual(readdirSync(path.dirname(here.folder)), ['photos-1000']);
});

test('a list with a name that leads out of the folder is refused', () => {
  const sha256 = 'ab'.repeat(32);
  assert.equal(parsePhotoList(`# a comment\n${sha256} 12 -9cV7wTi--Y.jpg\n`).length, 1);
  for (const name of ['../../evil.jpg', '/etc/passwd', 'a/b.jpg', '..\\evil12.jpg', 'evil.exe', '']) {
    assert.throws(() => parsePhotoList(`${sha256} 12 ${name}`), /can't be used/, name);
  }
});

test('without a network the message says so and what to do, without a stack trace, the exit code is 1, and no new folder is left', async (t) => {
  const above = temporaryFolder(t);
  const folder = path.join(above, 'photos', 'new');
  const { code, stderr } = await runPhotos([folder], { GITHUB_ENDPOINT: 'http://127.0.0.1:9' });
  assert.equal(code, 1);
  assert.match(stderr, /127\.0\.0\.1:9 cannot be reached .*Check the network connection.*mirror/);
  assert.doesNotMatch(stderr, /\n\s+at /);
  assert.deepEqual(readdirSync(above), []);

  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'mine.jpg'), '');
  await runPhotos([folder], { GITHUB_ENDPOINT: 'http://127.0.0.1:9' });
  assert.ok(existsSync(path.join(folder, 'mine.jpg')));
});

test('of two at a time one fetches, and the other finds the photos done', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { slowMs: 10 });
  const fetched = await Promise.all([here.fetch(), here.fetch()]);
  assert.deepEqual(fetched.sort(), [0, 40]);
  assertComplete(here);
  assert.equal(paths(here).length, 1);
});

test('the list of the original workshop: 1,000 photos, 42 MB', async () => {
  const { photos, commit } = await originalPhotos();
  assert.equal(new Set(photos.map(({ name }) => name)).size, 1000);
  assert.equal(new Set(photos.map(({ sha256 }) => sha256)).size, 1000);
  assert.equal(
    photos.reduce((sum, { size }) => sum + size, 0),
    42_127_439,
  );
  assert.match(commit, /^[0-9a-f]{40}$/);
});

test('a mistaken command line shows the usage and ends with 2; a mistaken endpoint is explained', async () => {
  const usage = await runPhotos(['--frobnicate']);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /^Usage: npm run photos/);
  for (const GITHUB_ENDPOINT of ['github', 'ftp://me:s3cret@hub', 'https://me:s3cret@hub']) {
    const endpoint = await runPhotos([], { GITHUB_ENDPOINT });
    assert.equal(endpoint.code, 1);
    assert.match(endpoint.stderr, /^GITHUB_ENDPOINT must be an address such as .* without user/);
    assert.doesNotMatch(endpoint.stderr, /s3cret/);
  }
});

function runPhotos(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = ['--import=tsx', path.join('tools', 'photos.ts'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, script, { cwd: root, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}
