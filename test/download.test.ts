import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { downloadFile, type DownloadOptions } from '../download/download-file';
import { DownloadError, explainDiskError, explainNetworkError } from '../download/error';
import { sha256, startLoopbackHub, type LoopbackHub } from './support/loopback-hub';
import { temporaryFolder } from './support/temporary-folder';

const content = randomBytes(300_000);

interface Scene {
  hub: LoopbackHub;
  folder: string;
  file: string;
  notices: string[];
  download(options?: DownloadOptions): ReturnType<typeof downloadFile>;
}

async function setScene(t: TestContext): Promise<Scene> {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.serve('/dir/f.bin', content);
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'below', 'f.bin');
  const notices: string[] = [];
  const download = (options: DownloadOptions = {}) =>
    downloadFile(`${hub.url}/dir/f.bin?signature=query-secret`, file, {
      firstPauseMs: 5,
      onNotice: (sentence) => notices.push(sentence),
      ...options,
    });
  return { hub, folder, file, notices, download };
}

function left({ file }: Scene): string[] {
  return existsSync(path.dirname(file)) ? readdirSync(path.dirname(file)) : [];
}

test('a file arrives whole, with its size and hash, and nothing beside it', async (t) => {
  const scene = await setScene(t);
  const steps: [number, number | undefined][] = [];
  const arrived = await scene.download({ onProgress: (done, total) => steps.push([done, total]) });
  assert.deepEqual(arrived, { size: content.length, sha256: sha256(content) });
  assert.deepEqual(readFileSync(scene.file), content);
  assert.deepEqual(left(scene), ['f.bin']);
  assert.deepEqual(steps.at(-1), [content.length, content.length]);
});

test('wrong bytes are thrown away and fetched again', async (t) => {
  const scene = await setScene(t);
  scene.hub.fail('f.bin', { body: randomBytes(content.length) });
  await scene.download({ sha256: sha256(content) });
  assert.deepEqual(readFileSync(scene.file), content);
  assert.match(scene.notices.join(), /damaged: expected SHA-256 .* Fetching it again/);
});

test('bytes that stay wrong end in an error with both hashes, and an earlier file stays', async (t) => {
  const scene = await setScene(t);
  await scene.download();
  const wrong = randomBytes(1000);
  scene.hub.serve('/dir/f.bin', wrong);
  await assert.rejects(scene.download({ sha256: sha256(content) }), (error: DownloadError) => {
    assert.equal(error.problem, 'wrong');
    assert.match(error.message, /^127\.0\.0\.1:\d+\/dir\/f\.bin is damaged/);
    assert.ok(error.message.includes(sha256(content)) && error.message.includes(sha256(wrong)));
    return true;
  });
  assert.equal(scene.hub.requests.length, 1 + 3);
  assert.deepEqual(readFileSync(scene.file), content);
  assert.deepEqual(left(scene), ['f.bin']);
});

test('another size than expected is refused before the body is fetched, naming both sizes', async (t) => {
  const scene = await setScene(t);
  let arrived = 0;
  const onProgress = (done: number) => (arrived = done);
  await assert.rejects(scene.download({ size: 12_345, onProgress }), /expected 12345 bytes, offered 300000/);
  assert.equal(arrived, 0);
  assert.deepEqual(left(scene), []);
});

test('a body that ends early without saying its length is noticed by the expected size', async (t) => {
  const scene = await setScene(t);
  scene.hub.fail('f.bin', { truncateTo: 1000, length: 'unknown' });
  await scene.download({ size: content.length });
  assert.deepEqual(readFileSync(scene.file), content);
});

for (const [status, problem] of [
  [404, 'missing'],
  [401, 'refused'],
  [403, 'refused'],
] as const) {
  test(`HTTP ${status} is an error at once, which shows no secret`, async (t) => {
    const scene = await setScene(t);
    scene.hub.fail('f.bin', { status });
    await assert.rejects(
      scene.download({ headers: { authorization: 'Bearer token-secret' } }),
      (error: DownloadError) => {
        assert.equal(error.problem, problem);
        assert.match(error.message, new RegExp(`127.0.0.1:\\d+/dir/f.bin.*HTTP ${status}`));
        assert.doesNotMatch(`${error.message} ${error.stack ?? ''}`, /secret/);
        return true;
      },
    );
    assert.equal(scene.hub.requests.length, 1);
    assert.deepEqual(left(scene), []);
  });
}

test('a server that is not there is tried three times, then named', async (t) => {
  const scene = await setScene(t);
  await scene.hub.close();
  await assert.rejects(
    scene.download(),
    /127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Tried 3 times\. Check the network/,
  );
  assert.equal(scene.notices.length, 2);
  assert.deepEqual(left(scene), []);
});

test('behind a proxy that Node does not heed, the message says how to have it heeded', (t) => {
  const { HTTPS_PROXY, NODE_USE_ENV_PROXY } = process.env;
  t.after(() => {
    Object.assign(process.env, { HTTPS_PROXY, NODE_USE_ENV_PROXY });
    if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
    if (NODE_USE_ENV_PROXY === undefined) delete process.env.NODE_USE_ENV_PROXY;
  });
  const message = () =>
    explainNetworkError('https://hub.example/x', Object.assign(new Error(), { code: 'ETIMEDOUT' })).message;
  process.env.HTTPS_PROXY = 'http://user:secret@proxy:3128';
  delete process.env.NODE_USE_ENV_PROXY;
  assert.match(
    message(),
    /^hub\.example cannot be reached \(ETIMEDOUT\)\. HTTPS_PROXY is set, but .*NODE_USE_ENV_PROXY=1/,
  );
  assert.doesNotMatch(message(), /secret/);
  process.env.NODE_USE_ENV_PROXY = '1';
  assert.doesNotMatch(message(), /PROXY/);
});

test('redirects are followed, and a token stays with the server it was meant for', async (t) => {
  const scene = await setScene(t);
  const store = await startLoopbackHub();
  t.after(() => store.close());
  store.serve('/elsewhere', content);
  const to = (location: string) => ({ status: 302, headers: { location } });
  scene.hub.fail('f.bin', to('/dir/second'));
  scene.hub.fail('second', to(`${store.url}/elsewhere?signed`));
  await scene.download({ headers: { authorization: 'Bearer token-secret', 'x-key': 'secret' } });
  assert.deepEqual(
    [...scene.hub.requests, ...store.requests].map((request) => request.authorization),
    ['Bearer token-secret', 'Bearer token-secret', undefined],
  );
  assert.deepEqual(readFileSync(scene.file), content);
});

test('a token does not come back by way of another server', async (t) => {
  const scene = await setScene(t);
  const other = await startLoopbackHub();
  t.after(() => other.close());
  other.fail('/away', { status: 302, headers: { location: `${scene.hub.url}/dir/back` } });
  scene.hub.serve('/dir/back', content);
  scene.hub.fail('f.bin', { status: 307, headers: { location: `${other.url}/away` } });
  await scene.download({ headers: { authorization: 'Bearer token-secret' } });
  assert.deepEqual(
    scene.hub.requests.map((request) => request.authorization),
    ['Bearer token-secret', undefined],
  );
});

test('user and password of an address are sent, and shown in no error', async (t) => {
  const scene = await setScene(t);
  const address = scene.hub.url.replace('//', '//me:p%40ss@') + '/dir/f.bin';
  scene.hub.fail('f.bin', { status: 403 });
  await assert.rejects(downloadFile(address, scene.file), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${error.stack ?? ''}`, /me:|p%40ss|p@ss/);
    return true;
  });
  const sent = Buffer.from(scene.hub.requests[0]?.authorization?.slice(6) ?? '', 'base64');
  assert.equal(sent.toString(), 'me:p@ss');
});

test('an abort stops at once, throws its reason and leaves nothing', async (t) => {
  const scene = await setScene(t);
  scene.hub.fail('f.bin', { stallAfter: 20_000 });
  const stop = new AbortController();
  const reason = new Error('stopped by the reader');
  const onProgress = (done: number) => {
    if (done >= 20_000) stop.abort(reason);
  };
  const options = { sha256: sha256(content), signal: stop.signal, onProgress };
  await assert.rejects(scene.download(options), (error) => error === reason);
  assert.deepEqual(left(scene), []);
});

test('a file larger than the free disk is refused before any request, with the bytes it needs', async (t) => {
  const scene = await setScene(t);
  await assert.rejects(scene.download({ size: 1e15 }), /needs 1000000000000000 bytes .* are free/);
  assert.equal(scene.hub.requests.length, 0);
});

test(
  'a disk that fills up on the way is explained with the bytes needed',
  { skip: !existsSync('/dev/full') && 'needs /dev/full' },
  () => {
    const full = openSync('/dev/full', 'w');
    let failure: unknown;
    try {
      writeSync(full, 'x');
    } catch (error) {
      failure = error;
    } finally {
      closeSync(full);
    }
    const explained = explainDiskError('f.onnx', failure, 351_685_709);
    assert.ok(explained instanceof DownloadError);
    assert.match(explained.message, /disk is full: f\.onnx .* needs 351685709 bytes \(352 MB\)/);
  },
);

test('parts that dead processes left are cleared away, those of living ones stay', async (t) => {
  const scene = await setScene(t);
  await scene.download();
  const [owned] = left(scene);
  assert.equal(owned, 'f.bin');
  const host = (await import('node:os')).hostname().replace(/[^\w-]/g, '_');
  const dead = `f.bin.${host}-999999999-00000000.part`;
  const alive = `f.bin.${host}-${process.ppid}-00000000.part`;
  const foreign = 'f.bin.another-machine-999999999-00000000.part';
  for (const name of [dead, alive, foreign]) {
    writeFileSync(path.join(path.dirname(scene.file), name), 'beginning');
  }
  await scene.download();
  assert.deepEqual(left(scene).sort(), ['f.bin', alive, foreign].sort());
});
