import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { findPhotos } from '../lib/photos';
import { fetchPhotos, type FetchPhotosOptions } from '../tools/photos/fetch-photos';
import { originalPhotos, parsePhotoList } from '../tools/photos/original-photos';
import { startProcess } from './support/in-process';
import { sha256, startLoopbackHub } from './support/loopback-hub';
import { jpeg } from './support/photo-files';
import { runTool } from './support/run-tool';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';

const repository = 'someone/a-workshop-whose-name-is-long-enough-for-two-fields-of-tar';

type Scene = Awaited<ReturnType<typeof scene>>;

/** A repository with 40 photos, its `contents` by their names, and the `archive` that git made of its `commit`. */
async function makeRepository() {
  mkdirSync(path.join(work, 'photos'));
  const contents = new Map<string, Buffer>();
  for (let i = 0; i < 40; i++) {
    // Ids of Unsplash have 11 characters, and may begin with a hyphen.
    const name = `${i % 7 === 0 ? '-' : 'A'}_${String(i).padStart(9, '0')}.jpg`;
    contents.set(name, await jpeg(i, 320, 240));
  }
  for (const [name, content] of contents) writeFileSync(path.join(work, 'photos', name), content);
  writeFileSync(path.join(work, 'README.md'), 'A workshop.\n'.repeat(10_000));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: work });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Photos');
  const commit = git('rev-parse', 'HEAD').toString().trim();
  const archive = git('archive', '--format=tar.gz', `--prefix=${path.basename(repository)}-${commit}/`, 'HEAD');
  return { contents, commit, archive };
}

const work = temporaryFolder();
let made: Awaited<ReturnType<typeof makeRepository>>;
before(async () => (made = await makeRepository()));

/**
 * The repository, of 40 photos, on a server that answers as GitHub does, and a folder to `fetch` its photos into.
 */
async function scene(t: TestContext) {
  const { contents, commit, archive } = made;
  const hub = await startLoopbackHub();
  const archivePath = `/${repository}/archive/${commit}.tar.gz`;
  hub.serve(archivePath, archive);
  for (const [name, content] of contents) hub.serve(`/${repository}/raw/${commit}/photos/${name}`, content);
  const photos = [...contents].map(([name, content]) => ({ name, size: content.length, sha256: sha256(content) }));
  const list = { repository, commit, folder: 'photos', photos };

  const folder = path.join(temporaryFolder(t), 'photos-1000');
  const notices: string[] = [];
  const fetch = (options: Partial<FetchPhotosOptions> = {}, into = folder) =>
    fetchPhotos(list, into, {
      ...{ endpoint: hub.url, progress: silentProgress, firstPauseMs: 5 },
      onNotice: (sentence) => notices.push(sentence),
      ...options,
    });
  const paths = () => hub.requests.map((request) => request.path);
  return { list, contents, hub, paths, archive, archivePath, folder, notices, fetch };
}

/** The folder holds the photos and their credits, each as in the repository, and nothing else. */
function assertComplete({ folder, contents }: Scene): void {
  assert.deepEqual(readdirSync(folder).sort(), [...contents.keys(), 'credits.json'].sort());
  for (const [name, content] of contents) assert.ok(readFileSync(path.join(folder, name)).equals(content), name);
}

function arrived({ folder, contents }: Scene): string[] {
  return [...contents.keys()].filter((name) => existsSync(path.join(folder, name)));
}

const timesOf = (folder: string, names: string[]) => names.map((name) => statSync(path.join(folder, name)).ctimeMs);

test('all photos come with one request, as `git archive` packs them, each with a credit that the upload reads; run again, nothing is asked for or touched', async (t) => {
  const here = await scene(t);
  mkdirSync(here.folder);
  writeFileSync(path.join(here.folder, 'credits.json'), '{ "mine.jpg": { "author": "Me" } }');
  assert.equal(await here.fetch(), 40);
  assertComplete(here);
  assert.deepEqual(here.paths(), [here.archivePath]);
  assert.deepEqual(here.notices, []);
  const credits = readFileSync(path.join(here.folder, 'credits.json'), 'utf8');
  assert.match(credits, /"mine\.jpg": \{\s+"author": "Me"/, 'credits of other photos stay');
  const { photos, passedOver, skipped } = await findPhotos(here.folder);
  assert.deepEqual([photos.length, passedOver, skipped], [40, {}, []]);
  for (const { name, credit } of photos) {
    assert.equal(credit?.source_url, `https://unsplash.com/photos/${name.replace('.jpg', '')}`);
    assert.deepEqual([credit.licence, credit.licence_url], ['Unsplash License', 'https://unsplash.com/license']);
    assert.match(credit.author ?? '', /Unsplash/);
  }
  const before = timesOf(here.folder, readdirSync(here.folder));
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 0);
  assert.deepEqual(here.hub.requests, []);
  assert.deepEqual(timesOf(here.folder, readdirSync(here.folder)), before);
});

test('a connection that is cut, and a server that falls silent, are tried again, and the reader is told', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { cutAfter: Math.round(here.archive.length / 2) }, { stallAfter: 2000 });
  await here.fetch({ stallTimeoutMs: 300 });
  assertComplete(here);
  assert.deepEqual(here.paths(), [here.archivePath, here.archivePath, here.archivePath]);
  assert.match(here.notices.join('\n'), /was cut off.*Trying again[^]*sent nothing for 0\.3 s/);
});

test('over a line that always breaks at the same place the rest comes photo by photo', async (t) => {
  const here = await scene(t);
  const cut = { cutAfter: Math.round(here.archive.length * 0.8) };
  here.hub.fail('.tar.gz', ...Array.from({ length: 10 }, () => cut));
  await here.fetch();
  assertComplete(here);
  const single = here.paths().filter((one) => one !== here.archivePath);
  assert.ok(single.length > 0 && single.length < 20, String(single.length));
  assert.match(here.notices.join('\n'), /Fetching the other \d+ photos one by one/);
});

test('killed at any moment, it leaves only whole photos, and the next run fetches only the rest', async (t) => {
  const here = await scene(t);
  let halfway = 0;
  for (const wanted of [1, 10, 30]) {
    here.hub.fail('.tar.gz', { slowMs: 25 });
    const options = `endpoint: '${here.hub.url}', progress: { update() {}, finish() {} }, onNotice: console.error`;
    const { child, ended } = startProcess(
      `void require('@/tools/photos/fetch-photos').fetchPhotos(${JSON.stringify(here.list)}, '${here.folder}', { ${options} });`,
    );
    while (child.exitCode === null && arrived(here).length < wanted) await pause(3);
    child.kill('SIGKILL');
    await ended;
    const kept = arrived(here);
    if (kept.length < 40) halfway++;
    for (const name of kept) {
      const content = readFileSync(path.join(here.folder, name));
      assert.ok(here.contents.get(name)?.equals(content), `${name} is not whole`);
    }
  }
  assert.ok(halfway >= 2, `only ${halfway} kills met a fetch half-way`);
  writeFileSync(path.join(here.folder, `.${here.list.photos[0]?.name ?? ''}-ab12.part`), 'half');
  const kept = arrived(here);
  const before = timesOf(here.folder, kept);
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 40 - kept.length);
  assertComplete(here);
  assert.equal(here.hub.requests.length, 40 - kept.length);
  assert.deepEqual(timesOf(here.folder, kept), before);
});

test('a server that asks for an hour is not waited for, and the reader learns what a class can do', async (t) => {
  const here = await scene(t);
  here.hub.fail('.tar.gz', { status: 429, headers: { 'retry-after': '3600' } });
  await assert.rejects(here.fetch(), /HTTP 429.*asks to wait 60 min.*let one person fetch .* share the folder/);
});

/** A tar archive, as hostile ones may be: [name, content, what a symbolic link leads to]. */
async function tarOf(entries: [string, Buffer | string, string?][]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content, linkname] of entries) {
    tar.entry(linkname === undefined ? { name } : { name, type: 'symlink', linkname }, content);
  }
  tar.finalize();
  return gzipSync(await buffer(tar));
}

test('a photo that is damaged in the archive is fetched by itself, one that is damaged on the disk as well', async (t) => {
  const here = await scene(t);
  const [first = '', second = ''] = here.contents.keys();
  const entries = [...here.contents].map(([name, content]): [string, Buffer | string] => [
    `top/photos/${name}`,
    name === first ? 'not this photo' : content,
  ]);
  here.hub.serve(here.archivePath, await tarOf(entries));
  await here.fetch();
  assertComplete(here);
  assert.equal(here.paths().length, 2);
  assert.match(here.paths()[1] ?? '', new RegExp(`/raw/[0-9a-f]{40}/photos/${first}$`));

  writeFileSync(path.join(here.folder, second), 'overwritten');
  here.hub.requests.length = 0;
  assert.equal(await here.fetch(), 1);
  assertComplete(here);
  assert.equal(here.paths().length, 1);
});

test('the log-in page of a network is taken for neither an archive nor a photo: nothing of it is kept, and the reader is told', async (t) => {
  const here = await scene(t);
  const page = { body: Buffer.from('<html>Log in</html>') };
  here.hub.fail('.tar.gz', page);
  here.hub.fail('.jpg', ...Array.from({ length: 200 }, () => page));
  await assert.rejects(here.fetch(), /network's log-in page/);
  assert.match(here.notices.join('\n'), /sent a damaged archive/);
  assert.equal(existsSync(here.folder), false);
});

test('names that lead out of the folder, links and giants in an archive write nothing', async (t) => {
  const here = await scene(t);
  const [name = '', content = ''] = [...here.contents][0] ?? [];
  const evil = [
    ...['../photos/../evil.jpg', '../../evil.jpg', path.join(here.folder, '..', 'evil.jpg')],
    ...[`top/photos/..\\${name}`, `top/photos/${name}/evil.jpg`, `top/photos/${name}`],
    ...['top/photos/.lock', 'top/photos/credits.json'],
  ];
  const hostile = await tarOf([
    ...evil.map((path): [string, string] => [path, 'evil']),
    [`top/photos/${name}`, '', '/etc/passwd'],
    [`top/other/${name}`, content],
    ['top/giant.bin', Buffer.alloc(2_000_000)],
  ]);
  here.hub.serve(here.archivePath, hostile);
  await here.fetch();
  assertComplete(here);
  assert.equal(here.paths().length, 41, 'not one photo came from that archive');
  assert.deepEqual(readdirSync(path.dirname(here.folder)), ['photos-1000']);
});

test('the list of the original workshop: 1,000 photos, 42 MB; one with a name that leads out of the folder is refused', async () => {
  const { photos, commit } = await originalPhotos();
  for (const key of ['name', 'sha256'] as const) assert.equal(new Set(photos.map((photo) => photo[key])).size, 1000);
  const bytes = photos.reduce((sum, { size }) => sum + size, 0);
  assert.equal(bytes, 42_127_439);
  assert.match(commit, /^[0-9a-f]{40}$/);
  const hash = 'ab'.repeat(32);
  assert.equal(parsePhotoList(`# a comment\n${hash} 12 -9cV7wTi--Y.jpg\n`).length, 1);
  for (const name of ['../../evil.jpg', '/etc/passwd', 'a/b.jpg', '..\\evil12.jpg', 'evil.exe', '']) {
    assert.throws(() => parsePhotoList(`${hash} 12 ${name}`), /can't be used/, name);
  }
});

test('npm run photos without a network says so and what to do, and leaves no new folder; a file in the way and a mistaken endpoint are explained, too', async (t) => {
  const above = temporaryFolder(t);
  const folder = path.join(above, 'photos', 'new');
  const env = { GITHUB_ENDPOINT: 'http://127.0.0.1:9' };
  const { code, stderr } = await runTool('photos', [folder], { env });
  assert.equal(code, 1);
  assert.match(stderr, /127\.0\.0\.1:9 cannot be reached .*Check the network connection.*mirror/);
  assert.doesNotMatch(stderr, /\n\s+at /);
  assert.deepEqual(readdirSync(above), []);
  const { fetch } = await scene(t);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'mine.jpg'), '');
  await assert.rejects(fetch({ endpoint: env.GITHUB_ENDPOINT }, folder), /cannot be reached/);
  assert.ok(existsSync(path.join(folder, 'mine.jpg')));
  for (const file of [path.join(folder, 'mine.jpg'), path.join(folder, 'mine.jpg', 'below')]) {
    await assert.rejects(fetch({}, file), /could not be written \(\w+\): a file is where a folder is needed\.$/m);
  }

  const endpoint = await runTool('photos', [], { env: { GITHUB_ENDPOINT: 'https://me:s3cret@hub' } });
  assert.equal(endpoint.code, 1);
  assert.match(endpoint.stderr, /^GITHUB_ENDPOINT must be an address such as .* without user/);
  assert.doesNotMatch(endpoint.stderr, /s3cret/);
});
