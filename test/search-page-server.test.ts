import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, rmSync, statSync, watch } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import type { Library, Wiring } from '../app/library';
import { photoMaps } from '../app/photo-maps';
import { pictureCache } from '../app/picture-cache';
import type { Facets, IndexProgress, SearchAnswer, ShownPhoto } from '../app/types';
import { startPageProcess } from '../bench/app/page-process';
import { builtInFolder } from '../clip-model/built-in-model';
import { folderIdentity } from '../clip-model/folder-identity';
import { ownIndexName } from '../further/index';
import { createPhotoIndex, photoIndexBody } from '../lib/index';
import { startFaultyProxy, type Fault } from './support/faulty-proxy';
import { hostileDocuments, makeHostileIndex } from './support/hostile-documents';
import type { Client } from '@opensearch-project/opensearch';
import { testClient } from './support/photo-indexes';
import { deleteIndex, photosDir, sharedPhotoIndex, startSearchPage, type SearchPage } from './support/search-page';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

let index: string;
let served: SearchPage;

before(async () => {
  index = await sharedPhotoIndex();
  served = await startSearchPage({ index });
});
after(() => served.close());

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

/** A request as it is written: `..` in the address, any Host. */
async function ask(
  address: string,
  { url = served.url, body, ...options }: http.RequestOptions & { url?: string; body?: string | Buffer } = {},
): Promise<Answer> {
  const request = http.request(url, { path: address, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const whole = Buffer.concat((await response.toArray()) as Buffer[]);
  return { status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() };
}

async function json<Value>(address: string, url = served.url): Promise<Value> {
  const { status, text } = await ask(address, { url });
  assert.equal(status, 200, `${address}: ${text}`);
  return JSON.parse(text) as Value;
}

/** How a form that sends a photo begins. */
const begin = '--x\r\ncontent-disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n';
const form = (url: string) => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x', origin: url };
  return { method: 'POST', headers };
};

/** Sends a photo as a form does. */
function drop(photo: Buffer, url = served.url): Promise<Answer> {
  const body = Buffer.concat([Buffer.from(begin), photo, Buffer.from('\r\n--x--\r\n')]);
  return ask('/api/like', { ...form(url), body, url });
}

/** Asks for photos to be indexed. */
function askToIndex(what: object, url = served.url): Promise<Answer> {
  const headers = { 'content-type': 'application/json', origin: url };
  return ask('/api/index', { method: 'POST', headers, body: JSON.stringify(what), url });
}

/** Has photos indexed. @returns how that ended */
async function indexed(what: object, url: string): Promise<IndexProgress> {
  assert.equal((await askToIndex(what, url)).status, 202);
  for (;;) {
    const progress = await json<IndexProgress>('/api/index', url);
    if (progress.state !== 'working') return progress;
    await pause(50);
  }
}

test('a request under another name, or from another site, is refused', async () => {
  const cases: [Record<string, string>, number][] = [
    [{}, 200],
    [{ host: 'localhost:1' }, 200],
    [{ host: 'evil.example' }, 421],
    [{ host: '127.0.0.1.evil.example' }, 421],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
  ];
  for (const [headers, status] of cases) {
    assert.equal((await ask('/api/search?q=red', { headers })).status, status, JSON.stringify(headers));
  }
  const headers = { 'content-type': 'application/json' };
  assert.equal((await ask('/api/index', { method: 'POST', headers, body: '{}' })).status, 403);
});

test('the page comes with a strict content policy, and weighs at most 150 kB', async () => {
  const { headers } = await ask('/');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  let bytes = 0;
  const files = new Set(['/', '/main.js', '/page.css', '/icon.svg']);
  for (const file of files) {
    const { text, body } = await ask(file);
    bytes += body.length;
    if (!file.endsWith('.js')) continue;
    // What a script imports by a statement, not by import(), comes at once too.
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*"\.(\/[^"]+)"/g)) files.add(name);
  }
  assert.ok(files.size > 4, 'main.js shares code with the map’s script');
  assert.ok(bytes <= 150_000, `${bytes} bytes`);
});

test('where others reach it, only the link with the token opens it; each visitor has a limit, not their address', async (t) => {
  const { url, close } = await startSearchPage({ index, token: 'secret-token', mostSearches: 3 });
  const other = await startSearchPage({ index, token: 'secret-token' });
  t.after(() => Promise.all([close(), other.close()]));
  for (const address of ['/', '/?token=wrong']) assert.equal((await ask(address, { url })).status, 401);
  const search = (cookie: string) => ask('/api/search', { url, headers: { cookie, host: 'my-machine:8900' } });
  assert.equal((await search('search-token=wrong')).status, 401);
  const openLink = async (at = url) => {
    const { status, headers } = await ask('/?token=secret-token', { url: at });
    assert.equal(status, 302);
    const [cookie = '', attributes] = String(headers['set-cookie']).split('; Path');
    assert.match(cookie, /HttpOnly; SameSite=Lax/, attributes);
    return cookie.split(';')[0] ?? '';
  };
  const eager = await openLink();
  for (const status of [200, 200, 200, 429]) assert.equal((await search(eager)).status, status);
  assert.equal((await search(`${eager}x`)).status, 401, 'nobody is another by another cookie');
  const [second, elsewhere] = [await openLink(), await openLink(other.url)];
  assert.equal((await search(second)).status, 200, 'another behind the same address');
  assert.notEqual(
    second.split('=')[0],
    elsewhere.split('=')[0],
    'a page at another port does not take the cookie’s place',
  );

  const headers = { cookie: eager, origin: url, 'content-type': 'application/json' };
  const { status, text } = await ask('/api/index', { url, method: 'POST', headers, body: '{"folder":"/etc"}' });
  assert.deepEqual([status, /without it, or use npm run own/.test(text)], [403, true], text);
});

test('a request that fits no schema is answered with 400 and a plain sentence, not in the validator’s words', async () => {
  const wrong = [
    '/api/search?other=1',
    `/api/search?q=${'x'.repeat(501)}`,
    '/api/search?like=sunflower.jpg',
    '/api/search?like=99:sunflower.jpg',
    '/api/search?drop=1:%2Fetc%2Fpasswd',
    '/api/search?drop=1:AAAA',
    `/api/search?drop=1:${'B'.repeat(689)}`, // as long as one of this model
    '/api/search?minWidth=wide',
    '/api/search?colour=mauve',
    '/api/search?takenFrom=yesterday',
    '/api/search?folder=../..',
    '/api/search?q=red&page=0',
    '/api/search?q=red&page=417',
    '/api/search?page=417',
    '/api/search?k=10001',
    `/api/search?${'like=1:sunflower.jpg&'.repeat(11)}`,
    '/api/photos/sunflower.jpg/original',
    ...['/health', '/api/map', '/api/index', '/api/photos/sunflower.jpg'].map((address) => `${address}?other=1`),
  ];
  for (const address of wrong) {
    const { status, text } = await ask(address);
    const { problem, message } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual([status, problem], [400, 'request'], `${address}: ${text}`);
    assert.match(String(message), /^[A-Z].+\.$/);
    assert.doesNotMatch(String(message), /querystring|params|must (NOT|match|be [<>\w]+$)|propert/);
  }
  assert.equal((await askToIndex({ folder: photosDir, other: 1 })).status, 400);
  for (const address of ['/api/search?like=1:no-such-photo.jpg', '/nowhere', '/maps/..%2fpage/main.js']) {
    assert.equal((await ask(address)).status, 404, address);
  }
});

test('a picture is WebP, small or whole, turned and without what the camera wrote; only what the index names is served, and none of more pixels than an upload takes', async (t) => {
  const sides = { thumb: 480, whole: 2560 };
  for (const [kind, side] of Object.entries(sides)) {
    const { status, headers, body } = await ask(`/api/photos/sunflower.jpg/${kind}`);
    assert.deepEqual([status, headers['content-type']], [200, 'image/webp']);
    const { width, height, exif } = await sharp(body).metadata();
    assert.ok(Math.max(width, height) <= side);
    assert.equal(exif, undefined);
  }
  // In the folder, but not in the index; outside; and paths as they are written.
  for (const name of ['credits.json', 'CREDITS.md', '../package.json', '..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd']) {
    for (const address of [`/api/photos/${name}/whole`, `/${name}`]) {
      const { status, text } = await ask(address);
      assert.ok(status >= 400 && status < 500, `${address}: ${status}`);
      assert.doesNotMatch(text, /root:|"name"/);
    }
  }
  const [folder, outside] = [temporaryFolder(t), path.join(temporaryFolder(t), 'outside.jpg')];
  await copyFile(path.join(photosDir, 'sunflower.jpg'), outside);
  await symlink(outside, path.join(folder, 'sunflower.jpg'));
  const { url, close } = await startSearchPage({ index, photosDir: folder });
  t.after(close);
  const bomb = '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>';
  await writeFile(path.join(folder, 'red-zinnias.jpg'), bomb);
  for (const name of ['sunflower.jpg', 'red-zinnias.jpg']) {
    assert.equal((await ask(`/api/photos/${name}/whole`, { url })).status, 404, name);
  }
  const smaller = await pictureCache(temporaryFolder(t), 1e9, 1000);
  await assert.rejects(smaller(path.join(photosDir, 'sunflower.jpg'), 'thumb'), /more than the limit of 1000/);
});

test('the answer about one photo has no figures of a search, whoever has found it before', async () => {
  const { photos } = await json<SearchAnswer>('/api/search?q=sunflower&k=1');
  const [{ near, ...photo } = assert.fail()] = photos;
  assert.ok(near);
  assert.deepEqual(await json<ShownPhoto>(`/api/photos/${photo.id}`), photo);
});

test('a picture is asked for again after ten seconds: unchanged it is not sent, of another photo by the same name it is', async (t) => {
  const folder = temporaryFolder(t);
  const named = path.join(folder, 'sunflower.jpg');
  await copyFile(path.join(photosDir, 'sunflower.jpg'), named);
  const { url, close } = await startSearchPage({ index, photosDir: folder });
  t.after(close);
  const get = (tag = '') => ask('/api/photos/sunflower.jpg/thumb', { url, headers: { 'if-none-match': tag } });
  const { headers } = await get();
  assert.match(String(headers['cache-control']), /max-age=10\b/);
  assert.equal((await get(headers.etag)).status, 304);
  await copyFile(path.join(photosDir, 'red-zinnias.jpg'), named);
  assert.equal((await get(headers.etag)).status, 200);
});

test('pictures are made once, and take no more of the disk than is allowed', async (t) => {
  const folder = path.join(temporaryFolder(t), 'pictures');
  const names = (await readdir(photosDir)).filter((name) => name.endsWith('.jpg')).slice(0, 12);
  const photos = names.map((name) => path.join(photosDir, name));
  const make = await pictureCache(folder, 1e9);
  const [first = ''] = await Promise.all([...photos, ...photos].map((photo) => make(photo, 'thumb')));
  const made = statSync(first).mtimeMs;
  assert.equal(await make(photos[0] ?? '', 'thumb'), first);
  assert.equal(statSync(first).mtimeMs, made);
  rmSync(first);
  await make(photos[0] ?? '', 'thumb'); // as if another page had taken it away
  assert.equal((await readdir(folder)).length, 12);

  await symlink(path.join(folder, 'gone'), path.join(folder, 'gone.webp.1')); // as if another page had renamed it meanwhile
  const limited = await pictureCache(folder, 100_000);
  await limited(photos[5] ?? '', 'whole');
  const total = () => readdirSync(folder).reduce((sum, name) => sum + lstatSync(path.join(folder, name)).size, 0);
  while (total() > 100_000) await pause(50); // what goes is deleted while others are served already
  assert.ok(readdirSync(folder).length > 0);

  // The server tells these two apart: a photo that can't be read, and a disk that takes no pictures.
  const unreadable = await make(__filename, 'thumb').catch((error: unknown) => error);
  assert.ok(unreadable instanceof Error && !('syscall' in unreadable));
  rmSync(folder, { recursive: true });
  await assert.rejects(make(photos[0] ?? '', 'whole'), { syscall: 'open' });
});

test('what a stranger wrote into the index is text of bounded length on the page, and no address but the web’s', async (t) => {
  const hostile = `${index}-hostile`;
  const client = await clientFor(t, hostile);
  await makeHostileIndex(client, index, hostile);
  const { url, close } = await startSearchPage({ index: hostile });
  t.after(close);
  const { photos } = await json<SearchAnswer>('/api/search?q=flower&k=100', url);
  assert.equal(photos.length, hostileDocuments('http://127.0.0.1:9').length);
  await json<Facets>('/api/facets', url);
  for (const photo of photos) {
    for (const text of Object.values(photo)) {
      if (typeof text === 'string') assert.ok(text.length <= 600 && !/\p{Surrogate}…$/u.test(text), text);
    }
    for (const address of [photo.licenceUrl, photo.sourceUrl]) assert.match(address ?? 'https://', /^https?:\/\//);
    await json<ShownPhoto>(`/api/photos/${encodeURIComponent(photo.id)}`, url);
    assert.equal((await ask(`/api/photos/${encodeURIComponent(photo.id)}/whole`, { url })).status, 404);
  }
});

/** A client until the test's end, when the index that it makes is deleted. */
async function clientFor(t: TestContext, made: string): Promise<Client> {
  const client = await testClient();
  t.after(async () => {
    await client.close();
    await deleteIndex(made);
  });
  return client;
}

/** An index of the first photos, with some fields changed; deleted after the test. @returns its name */
async function indexOfSome(t: TestContext, changes: object[]): Promise<string> {
  const some = `${index}-some`;
  const client = await clientFor(t, some);
  const { body: mapped } = await client.indices.getMapping({ index });
  const body = { settings: { index: { knn: true } }, mappings: mapped[index]?.mappings } as object;
  await client.indices.create({ index: some, body });
  const { body: found } = await client.search({ index, body: { size: changes.length } });
  for (const [i, change] of changes.entries()) {
    const hit = found.hits.hits[i];
    await client.index({ index: some, id: hit?._id ?? '', body: { ...(hit?._source as object), ...change } });
  }
  await client.indices.refresh({ index: some });
  return some;
}

test('a map is drawn once, and again when there is another photo by the same name', async (t) => {
  const some = await indexOfSome(t, [{}, {}, {}]);
  const client = await testClient();
  t.after(() => client.close());
  const folder = temporaryFolder(t);
  let drawn = 0;
  const draw: Wiring['drawMap'] = async ({ root, address }) => {
    const file = path.join(root, `${address}.json`);
    await mkdir(path.dirname(file), { recursive: true });
    await pause(300); // meanwhile it is asked for again
    await writeFile(file, JSON.stringify({ total: ++drawn }));
  };
  const clip = { identity: await folderIdentity(builtInFolder) };
  const library = { client, index: some, photosDir, clip } as Library;
  const maps = () => photoMaps(folder, draw, new AbortController().signal);
  const total = async (map = maps()) => (await map(library)).total;
  const map = maps();
  assert.deepEqual([...(await Promise.all([total(map), total(map)])), await total()], [1, 1, 1]);
  const { body: found } = await client.search({ index: some, body: { size: 1, _source: false } });
  const other = { index: some, id: found.hits.hits[0]?._id ?? '', refresh: true } as const;
  await client.update({ ...other, body: { doc: { sha256: 'f'.repeat(64) } } });
  assert.equal(await total(), 2);
});

test('beside each choice of a filter stands how many photos it finds: of a folder, those in its folders too', async (t) => {
  const folders = ['', 'alps', 'alps/2023', 'alps/2024', 'alps/2024/may', 'alpstadt', 'sea/2024'];
  const nested = await indexOfSome(
    t,
    folders.map((folder) => ({ folder })),
  );
  const { url, close } = await startSearchPage({ index: nested });
  t.after(close);
  const facets = await json<Facets>('/api/facets', url);
  assert.equal(facets.folders, 7);
  assert.deepEqual(facets.folder.slice(0, 2), [
    { value: 'alps', count: 4 },
    { value: 'alps/2024', count: 2 },
  ]);
  for (const name of ['orientation', 'colour', 'folder', 'minWidth'] as const) {
    for (const { value, count } of facets[name]) {
      const { photos } = await json<SearchAnswer>(`/api/search?${name}=${encodeURIComponent(value)}`, url);
      assert.equal(photos.length, count, `${name} ${value}`);
    }
  }
});

test('copies are looked for again when one photo has taken the place of another', async (t) => {
  const some = await indexOfSome(t, [{}, {}, {}]);
  const { url, close } = await startSearchPage({ index: some });
  t.after(close);
  const find = () => json<SearchAnswer>('/api/search?fold=true', url);
  const [one, other] = (await find()).photos;
  assert.ok(one && other && one.group === undefined);
  const client = await testClient();
  t.after(() => client.close());
  const { body } = await client.get({ index: some, id: one.id });
  const { embedding, sha256 } = body._source as Record<string, unknown>;
  await client.update({ index: some, id: other.id, refresh: true, body: { doc: { embedding, sha256 } } });
  const isFound = async () => (await find()).photos.filter(({ group }) => group !== undefined).length === 2;
  for (let tries = 0; !(await isFound()); tries++) {
    assert.ok(tries < 100, 'found within ten seconds');
    await pause(100); // what was found before is shown meanwhile
  }
});

test('the model is the index’s, whatever the settings name and the page has opened; where verdicts are not calibrated for it, none is given', async (t) => {
  const [some, client] = [await indexOfSome(t, [{}, {}, {}]), await testClient()];
  const { url, close } = await startSearchPage({ index: some });
  const [model, folder] = [path.join(temporaryFolder(t), 'model'), path.join(temporaryFolder(t), 'My photos', 'rome')];
  const own = ownIndexName(some, folder);
  t.after(async () => {
    await close();
    await client.close();
    await deleteIndex(own);
  });
  const sentence = async () => (await json<SearchAnswer>('/api/search?q=flower', url)).sentence;
  assert.match(await sentence(), /[Pp]robably|Perhaps/);
  await cp(builtInFolder, model, { recursive: true });
  const { mappings, ...body } = photoIndexBody(await folderIdentity(model));
  await client.indices.putMapping({ index: some, body: { _meta: mappings?._meta } });
  assert.match(await sentence(), /^These (are the nearest|come close) to what you describe\.$/);

  const { state, note } = await indexed({ folder }, url);
  assert.deepEqual(
    [state, note?.replace(/:.*such as/, ':')],
    ['failed', `There is no folder …: '~/Pictures/holiday'.`],
  );
  await mkdir(folder, { recursive: true });
  await copyFile(path.join(photosDir, 'sunflower.jpg'), path.join(folder, 'sunflower.jpg'));
  await createPhotoIndex(client, { index: own, body: { mappings, ...body } });
  assert.equal((await indexed({ folder }, url)).state, 'done');
  assert.match(await sentence(), /you describe\.$/);
});

test('when the index is deleted while the page is open, the page is told that there is none', async (t) => {
  const some = await indexOfSome(t, [{}, {}, {}]);
  const { url, close } = await startSearchPage({ index: some });
  t.after(close);
  assert.equal((await ask('/api/search?q=beach', { url })).status, 200);
  await deleteIndex(some);
  const { status, text } = await ask('/api/search?q=beach', { url });
  assert.deepEqual([status, (JSON.parse(text) as { problem: string }).problem], [404, 'no index']);
});

test('when photos have been indexed from the page, it names those with something wrong, used or not, of the notebooks’ folder and of another', async (t) => {
  const folder = temporaryFolder(t);
  const made = `${index}-made`;
  await clientFor(t, made);
  const own = ownIndexName(made, folder);
  t.after(() => deleteIndex(own));
  const photo = await readFile(path.join(photosDir, 'sunflower.jpg'));
  await writeFile(path.join(folder, 'no-end.jpg'), photo.subarray(0, -2));
  await writeFile(path.join(folder, 'broken.jpg'), 'no picture');
  const { url, close } = await startSearchPage({ index: made, photosDir: folder });
  t.after(close);
  for (const what of [{}, { folder }]) {
    const { state, note = '' } = await indexed(what, url);
    assert.equal(state, 'done', note);
    assert.match(note, /photos\/no-end\.jpg: is cut off at the end, but used anyway/);
    assert.match(note, /photos\/broken\.jpg: is not a picture/);
  }
});

test('a dropped photo becomes a vector that finds it, and is written to no file', async (t) => {
  const folder = temporaryFolder(t); // all that the page's process may write to, temporary files among it
  const { url, pid, close } = await startPageProcess(index, await testOpenSearchUrl(), { folder });
  t.after(close);
  const whole = path.join(photosDir, 'golden-retriever.jpg');
  const photo = await sharp(whole).resize(2500, 2500).png({ compressionLevel: 0 }).toBuffer(); // 19 MB
  await json('/health', url);
  /** Bytes that the process has given to disks; undefined where the system does not tell. */
  const written = async () =>
    /^write_bytes: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'utf8').catch(() => ''))?.[1];
  const before = await written();
  const changed: (string | null)[] = [];
  const watcher = watch(folder, { recursive: true }, (_, name) => changed.push(name));
  // Others, whose photos take long to come, hold nobody up.
  const slow = Array.from({ length: 5 }, () => http.request(`${url}/api/like`, { ...form(url), agent: false }));
  for (const request of slow) {
    request.on('error', () => undefined);
    request.write(begin + 'x'.repeat(1000));
  }
  const sent = (await Promise.race([drop(photo, url), pause(30_000, undefined)])) ?? assert.fail('held up');
  for (const request of slow) request.destroy();
  watcher.close();
  assert.deepEqual(changed, []);
  if (before !== undefined) assert.ok(Number(await written()) - Number(before) < 1e6);

  const { drop: vector } = JSON.parse(sent.text) as { drop: string };
  const { photos } = await json<SearchAnswer>(`/api/search?drop=1:${vector}`, url);
  assert.equal(photos[0]?.id, 'golden-retriever.jpg');
  assert.ok((photos[0].near?.cosine ?? 0) > 0.98);
});

test('what is dropped is limited in bytes, in pixels, and to sixty a minute', async () => {
  const side = 12_000;
  const bomb = await sharp({ create: { width: side, height: side, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const photo = await readFile(path.join(photosDir, 'golden-retriever.jpg'));
  const limits: [Buffer, number, RegExp][] = [
    [Buffer.from('no picture'), 400, /is not a picture/],
    [Buffer.alloc(0), 400, /can't be decoded/],
    [photo.subarray(0, 20_000), 400, /can't be decoded/],
    [bomb, 400, /12000 x 12000 pixels, more than the limit/],
    [Buffer.alloc(101e6), 413, /too large/],
  ];
  for (const [bytes, status, message] of limits) {
    const answer = await drop(bytes);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, message);
  }
  let refused = 0;
  for (let i = 0; i < 60; i++) refused += Number((await drop(Buffer.from('x'))).status === 429);
  assert.equal(refused, limits.length);
  await json<SearchAnswer>('/api/search?q=red');
});

test('errors name no path, stack or secret of the machine', async (t) => {
  const folder = path.join(temporaryFolder(t), 'photos');
  await mkdir(folder);
  await writeFile(path.join(folder, 'sunflower.jpg'), 'no picture');
  const page = await startSearchPage({ index, photosDir: folder });
  t.after(page.close);
  const away = await startSearchPage({ index, serviceUri: 'http://user:pass-word@127.0.0.1:9' });
  t.after(away.close);
  const answers = [
    await ask('/api/photos/sunflower.jpg/thumb', page),
    await ask('/api/photos/%00/thumb', page),
    await ask('/api/search?q=red', away),
    await ask('/health', away),
  ];
  for (const { status, text } of answers) {
    assert.ok(status >= 400);
    const { problem, message } = JSON.parse(text) as Record<string, string>;
    assert.match(String(problem), /away|request/);
    assert.doesNotMatch(String(message), /pass-word|127\.0\.0\.1|\/tmp|\.ts|at /);
  }
});

test('OpenSearch too slow, too busy or full: 503 for whom it is, with what the page is to do', async (t) => {
  let fault: Fault | undefined;
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), () => fault);
  const { url, close } = await startSearchPage({ index, serviceUri: proxy.url });
  t.after(async () => {
    await close();
    await proxy.close();
  });
  await json<SearchAnswer>('/api/search?q=red', url);
  const body = JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'full' } });
  const faults: [Fault, string][] = [
    [{ answer: 429, body }, 'busy'],
    [{ answer: 503, body }, 'busy'],
    ['no answer', 'busy'],
  ];
  for (const [next, problem] of faults) {
    fault = next;
    const { status, text } = await ask('/api/search?q=blue', { url });
    assert.deepEqual([status, (JSON.parse(text) as { problem: string }).problem], [503, problem], text);
  }
  fault = undefined;
  await json<SearchAnswer>('/api/search?q=blue', url); // at once: others are not told that OpenSearch is away
});

test('a wrong password, from the start or suddenly, is said in a sentence without it; once .env is right, all goes on', async (t) => {
  let isLocked = true;
  const unauthorized = { answer: 401, body: 'Unauthorized', headers: { 'content-type': 'text/plain' } };
  const target = await testOpenSearchUrl();
  const proxy = await startFaultyProxy(target, () => (isLocked ? unauthorized : undefined));
  let uri = proxy.url.replace('//', '//someone:pass-word@');
  const { url, close } = await startSearchPage({ index, changingUri: () => uri });
  t.after(async () => {
    await close();
    await proxy.close();
  });
  const isRefused = async () => {
    const { status, text } = await ask('/api/search?q=red', { url });
    assert.equal(status, 503);
    assert.match(text, /"away".*refuses the user and password of SERVICE_URI: correct them in \.env/);
    assert.doesNotMatch(text, /someone|pass-word|127/);
  };
  await isRefused();
  const before = proxy.requests.length;
  await isRefused();
  assert.equal(proxy.requests.length, before, 'a wrong password is not sent again and again');
  uri = target;
  await pause(1100);
  await json<SearchAnswer>('/api/search?q=red', url);

  [uri, isLocked] = [proxy.url, false];
  const other = await startSearchPage({ index, changingUri: () => uri });
  t.after(other.close);
  await json<SearchAnswer>('/api/search?q=red', other.url);
  isLocked = true;
  assert.equal((await ask('/api/search?q=red', other)).status, 503);
  uri = target;
  await pause(1100);
  await json<SearchAnswer>('/api/search?q=red', other.url);
});

test('npm run app prints the link once the page can be opened, and what there is to know about the model, and ends by a signal; a wrong port is explained in a sentence', async () => {
  const run = (port: string) =>
    spawn('npm', ['run', 'app', '--', '--port', port], {
      cwd: path.resolve(__dirname, '..'),
      env: { ...process.env, SERVICE_URI: served.serviceUri, INDEX_NAME: index },
    });
  const wrong = run('many');
  assert.match(String(await wrong.stderr.toArray()), /--port is 'many': it must be a whole number/);
  const child = run('18900');
  let [output, notices] = ['', ''];
  child.stderr.on('data', (text: Buffer) => (notices += text.toString()));
  for await (const text of child.stdout) {
    output += String(text);
    const [link] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
    if (link === undefined || !output.includes('Ctrl-C')) continue;
    assert.match(output, new RegExp(`It searches index '${index}'`));
    const health = (await (await fetch(`${link}/health`)).json()) as { state: string; photos: number };
    assert.deepEqual([health.state, health.photos], ['ready', 81]);
    child.kill('SIGTERM');
  }
  if (child.exitCode === null) await once(child, 'exit');
  assert.deepEqual([wrong.exitCode, child.exitCode], [2, 0], output);
  assert.match(notices, /built-in model/);
});
