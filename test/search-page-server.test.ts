import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { pictureCache } from '../app/pictures';
import type { Facets, Health, SearchAnswer, ShownPhoto } from '../app/types';
import { hostileDocuments } from './support/hostile-documents';
import { testClient } from './support/photo-indexes';
import { deleteIndex, fillPhotoIndex, photosDir, startSearchPage, type SearchPage } from './support/search-page';
import { startFaultyProxy, type Fault } from './support/faulty-proxy';
import { testOpenSearchUrl } from './support/test-opensearch';
import { temporaryFolder } from './support/temporary-folder';

const index = `test-page-server-${process.pid}`;
let served: SearchPage;

before(async () => {
  await fillPhotoIndex(index);
  served = await startSearchPage({ index });
});
after(async () => {
  await served.close();
  await deleteIndex(index);
});

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** A request as it is written, `..` and all. */
function ask(
  address: string,
  { page = served, body, ...options }: http.RequestOptions & { page?: SearchPage; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: page.port, path: address, agent: false };
    const request = http.request({ ...to, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(parts) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function json<Value>(address: string, page = served): Promise<Value> {
  const { status, body } = await ask(address, { page });
  assert.equal(status, 200, `${address}: ${body.toString()}`);
  return JSON.parse(body.toString()) as Value;
}

/** A photo as a form sends it. */
function form(photo: Buffer): { body: Buffer; headers: Record<string, string> } {
  const begin = '--x\r\ncontent-disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n';
  const body = Buffer.concat([Buffer.from(begin), photo, Buffer.from('\r\n--x--\r\n')]);
  return {
    body,
    headers: { 'content-type': 'multipart/form-data; boundary=x', origin: served.url },
  };
}

test('a request under another name, or from another site, is refused', async () => {
  const withHeaders = async (headers: Record<string, string>, method = 'GET') =>
    (await ask('/api/search?q=red', { headers, method })).status;
  assert.equal(await withHeaders({}), 200);
  assert.equal(await withHeaders({ host: 'localhost:1' }), 200);
  assert.equal(await withHeaders({ host: 'evil.example' }), 421);
  assert.equal(await withHeaders({ host: '127.0.0.1.evil.example' }), 421);
  assert.equal(await withHeaders({ origin: 'https://evil.example' }), 403);
  assert.equal(await withHeaders({ origin: 'null' }), 403);
  assert.equal(await withHeaders({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403);
  assert.equal(
    (await ask('/', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })).status,
    200,
  );
  const body = '{}';
  const headers = { 'content-type': 'application/json' };
  assert.equal((await ask('/api/index', { method: 'POST', headers, body })).status, 403);
});

test('the page comes with a strict content policy, and weighs at most 150 kB', async () => {
  const { headers } = await ask('/');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  let bytes = 0;
  for (const file of ['/', '/main.js', '/page.css', '/icon.svg']) bytes += (await ask(file)).body.length;
  assert.ok(bytes <= 150_000, `${bytes} bytes`);
});

test('where others reach it, everything but the link with the token is refused', async (t) => {
  const page = await startSearchPage({ index, token: 'secret-token' });
  t.after(page.close);
  assert.equal((await ask('/', { page })).status, 401);
  assert.equal((await ask('/?token=wrong', { page })).status, 401);
  assert.equal((await ask('/api/search', { page, headers: { cookie: 'search-token=wrong' } })).status, 401);
  const { status, headers } = await ask('/?token=secret-token', { page });
  assert.equal(status, 302);
  const cookie = String(headers['set-cookie']);
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  const own = { cookie: cookie.split(';')[0] ?? '' };
  assert.equal((await ask('/api/search', { page, headers: { ...own, host: 'my-machine:8900' } })).status, 200);
  const post = { ...own, origin: page.url, 'content-type': 'application/json' };
  const index_ = await ask('/api/index', {
    page,
    method: 'POST',
    headers: post,
    body: '{"folder":"/etc"}',
  });
  assert.equal(index_.status, 403);
});

test('a request that fits no schema is answered with 400 and a sentence', async () => {
  const wrong = [
    '/api/search?other=1',
    `/api/search?q=${'x'.repeat(501)}`,
    '/api/search?like=sunflower.jpg',
    '/api/search?like=99:sunflower.jpg',
    '/api/search?drop=1:%2Fetc%2Fpasswd',
    '/api/search?drop=1:AAAA',
    '/api/search?minWidth=wide',
    '/api/search?colour=mauve',
    '/api/search?takenFrom=yesterday',
    '/api/search?folder=../..',
    '/api/search?q=red&after=0',
    '/api/search?q=red&after=99999',
    '/api/search?after=e30',
    `/api/search?${'like=1:sunflower.jpg&'.repeat(11)}`,
    '/api/photos/sunflower.jpg/original',
    '/api/map/sheets/-1',
  ];
  for (const address of wrong) {
    const { status, body } = await ask(address);
    const { problem, message } = JSON.parse(body.toString()) as Record<string, string>;
    assert.deepEqual([status, problem], [400, 'request'], `${address}: ${body.toString()}`);
    assert.match(String(message), /\w/);
  }
  assert.equal((await ask('/api/search?like=1:no-such-photo.jpg')).status, 404);
  assert.equal((await ask('/nowhere')).status, 404);
});

test('a picture is WebP, small or whole, turned and without what the camera wrote; only what the index names is served', async (t) => {
  for (const [kind, side] of [
    ['thumb', 480],
    ['whole', 2560],
  ] as const) {
    const { status, headers, body } = await ask(`/api/photos/sunflower.jpg/${kind}`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'image/webp');
    const { width, height, exif } = await sharp(body).metadata();
    assert.ok(Math.max(width, height) <= side);
    assert.equal(exif, undefined);
  }
  // In the folder, but not in the index; outside; and paths as they are written.
  const escapes = ['credits.json', 'CREDITS.md', '../package.json', '..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd'];
  for (const name of escapes) {
    for (const address of [`/api/photos/${name}/whole`, `/${name}`]) {
      const { status, body } = await ask(address);
      assert.ok(status >= 400 && status < 500, `${address}: ${status}`);
      assert.doesNotMatch(body.toString(), /root:|"name"/);
    }
  }
  const folder = temporaryFolder(t);
  const outside = path.join(temporaryFolder(t), 'outside.jpg');
  await copyFile(path.join(photosDir, 'sunflower.jpg'), outside);
  await symlink(outside, path.join(folder, 'sunflower.jpg'));
  const page = await startSearchPage({ index, photosDir: folder });
  t.after(page.close);
  assert.equal((await ask('/api/photos/sunflower.jpg/whole', { page })).status, 404);
});

test('pictures are made once, and take no more of the disk than they may', async (t) => {
  const folder = path.join(temporaryFolder(t), 'pictures');
  const names = (await readdir(photosDir)).filter((name) => name.endsWith('.jpg')).slice(0, 12);
  const photos = names.map((name) => path.join(photosDir, name));
  const make = await pictureCache(folder, 1e9);
  const first = await make(photos[0] ?? '', 'thumb');
  const before = await sharp(first).stats();
  assert.equal(await make(photos[0] ?? '', 'thumb'), first);
  assert.ok(before.entropy > 0);
  await Promise.all(photos.map((photo) => make(photo, 'thumb')));
  assert.equal((await readdir(folder)).length, 12);

  const limited = await pictureCache(folder, 100_000);
  await limited(photos[5] ?? '', 'whole');
  const total = () => readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
  // What goes is deleted while others are served already.
  while (total() > 100_000) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(readdirSync(folder).length > 0);
});

test('what a stranger wrote into the index is text of bounded length on the page, and no address but the web’s', async (t) => {
  const hostile = `${index}-hostile`;
  const client = await testClient();
  t.after(async () => {
    await client.indices.delete({ index: hostile, ignore_unavailable: true });
    await client.close();
  });
  const { body: mapped } = await client.indices.getMapping({ index });
  const { _meta, properties } = mapped[index]?.mappings ?? {};
  const { embedding, image_url } = properties ?? {};
  // Takes anything that OpenSearch itself takes.
  const mappings = {
    _meta,
    dynamic: false as const,
    properties: { embedding, image_url: { ...image_url, ignore_above: 1000 } },
  };
  await client.indices.create({
    index: hostile,
    body: { settings: { index: { knn: true } }, mappings } as object,
  });
  const { body: any } = await client.search({ index, body: { size: 1, _source: ['embedding'] } });
  const vector = (any.hits.hits[0]?._source as { embedding: number[] }).embedding;
  let id = 0;
  for (const document of hostileDocuments('http://127.0.0.1:9')) {
    await client.index({
      index: hostile,
      id: `<b>${id++}</b>`,
      body: { ...document, embedding: vector },
    });
  }
  await client.indices.refresh({ index: hostile });
  const page = await startSearchPage({ index: hostile });
  t.after(page.close);
  const { photos } = await json<SearchAnswer>('/api/search?q=flower', page);
  assert.equal(photos.length, 24);
  await json<Facets>('/api/facets', page);
  for (const photo of photos) {
    for (const text of Object.values(photo)) if (typeof text === 'string') assert.ok(text.length <= 600);
    for (const address of [photo.licenceUrl, photo.sourceUrl]) assert.match(address ?? 'https://', /^https?:\/\//);
    await json<ShownPhoto>(`/api/photos/${encodeURIComponent(photo.id)}`, page);
    const { status } = await ask(`/api/photos/${encodeURIComponent(photo.id)}/whole`, { page });
    assert.equal(status, 404);
  }
});

test('a dropped photo becomes a vector that finds it, is never written to disk, and has its limits', async (t) => {
  const photo = await sharp(path.join(photosDir, 'golden-retriever.jpg')).png().toBuffer();
  const sent = await ask('/api/like', { method: 'POST', ...form(photo) });
  const { drop } = JSON.parse(sent.body.toString()) as { drop: string };
  const { photos } = await json<SearchAnswer>(`/api/search?drop=1:${drop}`);
  assert.equal(photos[0]?.id, 'golden-retriever.jpg');
  assert.ok((photos[0].near?.cosine ?? 0) > 0.99);

  const bomb = await sharp({
    create: { width: 12_000, height: 12_000, channels: 3, background: 'red' },
  })
    .png()
    .toBuffer();
  const limits: [Buffer, number, RegExp][] = [
    [Buffer.from('no picture'), 400, /is not a picture/],
    [Buffer.alloc(0), 400, /cannot be decoded/],
    [photo.subarray(0, 20_000), 400, /cannot be decoded/],
    [bomb, 400, /12000 x 12000 pixels, more than the limit/],
    [Buffer.alloc(101e6), 413, /too large/],
  ];
  for (const [bytes, status, message] of limits) {
    const answer = await ask('/api/like', { method: 'POST', ...form(bytes) });
    assert.deepEqual([answer.status, message.test(answer.body.toString())], [status, true], answer.body.toString());
    assert.doesNotMatch(answer.body.toString(), /\/(work|tmp|home|root)\//);
  }
  await t.test('sixty a minute from one address', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 60; i++) {
      statuses.add((await ask('/api/like', { method: 'POST', ...form(Buffer.from('x')) })).status);
    }
    assert.ok(statuses.has(429));
    assert.equal((await ask('/api/search?q=red')).status, 200);
  });
});

test('errors name no path, stack or secret of the machine', async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(path.join(folder, 'photos'));
  await writeFile(path.join(folder, 'photos', 'sunflower.jpg'), 'no picture');
  const page = await startSearchPage({ index, photosDir: path.join(folder, 'photos') });
  t.after(page.close);
  const away = await startSearchPage({ index, serviceUri: 'http://user:pass-word@127.0.0.1:9' });
  t.after(away.close);
  const answers = [
    await ask('/api/photos/sunflower.jpg/thumb', { page }),
    await ask('/api/search?q=red', { page: away }),
    await ask('/health', { page: away }),
    await ask('/api/photos/%00/thumb', { page }),
  ];
  for (const { status, body } of answers) {
    assert.ok(status >= 400);
    const { problem, message } = JSON.parse(body.toString()) as Record<string, string>;
    assert.match(String(problem), /away|request/);
    assert.doesNotMatch(String(message), /pass-word|127\.0\.0\.1|\/tmp|\.ts|at /);
  }
});

test('OpenSearch too slow, too busy or full: 503, with what the page is to do', async (t) => {
  let fault: Fault | undefined;
  const proxy = await startFaultyProxy(await testOpenSearchUrl(), () => fault);
  const page = await startSearchPage({ index, serviceUri: proxy.url });
  t.after(async () => {
    await page.close();
    await proxy.close();
  });
  await json<SearchAnswer>('/api/search?q=red', page);
  const busy = JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'full' } });
  const faults: [Fault, string][] = [
    [{ answer: 429, body: busy }, 'busy'],
    [{ answer: 503, body: busy }, 'busy'],
    ['no answer', 'away'],
  ];
  for (const [next, problem] of faults) {
    fault = next;
    const { status, body } = await ask('/api/search?q=blue', { page });
    const told = JSON.parse(body.toString()) as { problem: string };
    assert.deepEqual([status, told.problem], [503, problem], body.toString());
  }
  fault = undefined;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await json<SearchAnswer>('/api/search?q=blue', page);
});

test('npm run app prints the link once the page can be opened, and ends by a signal', async () => {
  const child = spawn(process.execPath, ['tools/app.mjs', '--port', '18900'], {
    cwd: path.resolve(__dirname, '..'),
    env: { ...process.env, SERVICE_URI: await testOpenSearchUrl(), INDEX_NAME: index },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout) {
    output += String(text);
    const [link] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
    if (link === undefined || !output.includes('Ctrl-C')) continue;
    assert.match(output, new RegExp(`It searches index '${index}'`));
    const health = (await (await fetch(`${link}/health`)).json()) as Health;
    assert.deepEqual([health.state, health.photos], ['ready', 81]);
    child.kill('SIGTERM');
  }
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0, output);
});
