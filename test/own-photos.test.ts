import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { ownFolder } from '../further/own-photos/own-folder';
import { ownIndexName } from '../further/own-photos/own-index-name';
import { indexOwnPhotos, type OwnPhotosOptions } from '../further/own-photos/own-photos';
import { indexModel } from '../lib/opensearch/index-model';
import { readPixels } from '../lib/pixels';
import { asOrdinaryUser } from './support/as-ordinary-user';
import { fakeClip } from './support/fake-clip';
import { modelScene } from './support/model-scene';
import { jpeg, writePhotos } from './support/photo-files';
import { testClient, wholeIndex } from './support/photo-indexes';
import { runTool } from './support/run-tool';
import { setEnv } from './support/set-env';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

/** A text's vector is that of the photo whose path it is. */
function readingClip(revision = 'r1') {
  const clip = fakeClip({ revision });
  const embedText = async (file: string) => {
    const [vector] = await clip.embedPixels([await readPixels(file, clip.input)]);
    assert.ok(vector);
    return vector;
  };
  return { ...clip, embedText };
}

/** A folder with twelve photos, how it is opened, and the `env` of a terminal in the folder above, as npm tells it. */
async function scene(t: TestContext) {
  const client = await testClient();
  const indexName = `test-own-${process.pid}-${Math.random().toString(36).slice(2)}`;
  t.after(() => client.indices.delete({ index: `${indexName}*` }));
  const folder = path.join(temporaryFolder(t), 'Été à Rome 2024');
  await writePhotos(folder, 12);
  const own = { settings: { indexName }, client, clip: readingClip(), progress: silentProgress };
  const server = { SERVICE_URI: await testOpenSearchUrl(), INDEX_NAME: indexName, CLIP_MODEL: 'built-in' };
  const env = { ...server, INIT_CWD: path.dirname(folder), npm_lifecycle_event: 'own' };
  const open = (options: Partial<OwnPhotosOptions> = {}) => indexOwnPhotos(folder, { ...own, ...options });
  return { client, indexName, folder, env, open };
}

test('a folder of one’s own becomes an index of its own, and is searched in two lines', async (t) => {
  const { client, indexName, folder, open } = await scene(t);
  const mine = await open();
  assert.match(mine.index, new RegExp(`^${indexName}-ete-a-rome-2024-[0-9a-f]{8}$`));
  assert.deepEqual(await indexModel(client, mine.index), fakeClip().identity);
  assert.equal((await wholeIndex(client, mine.index)).size, 12);

  const text = path.join(folder, '007.jpg');
  const { hits, verdict, sentence } = await mine.search({ text });
  assert.deepEqual([hits.length, hits[0]?.image_url], [3, 'photos/007.jpg']);
  assert.equal(hits[0]?.path, text, 'a path that can be opened');
  assert.ok(Math.abs(hits[0].cosine - 1) < 1e-5);
  assert.equal(verdict, 'strong', sentence);
  assert.equal((await mine.grid(text)).match(/<img src="data:image\/jpeg;base64,/g)?.length, 3);
  const like = await mine.grid({ like: 'photos/007.jpg', k: 5 });
  assert.equal(like.match(/<img src="data:image\/jpeg;base64,/g)?.length, 5);
  assert.doesNotMatch(like, /<figcaption[\s\S]*007\.jpg/);
});

test('a second call changes nothing; what is new comes in, what was deleted or is ignored goes, and comes back; litter of an earlier version goes', async (t) => {
  const { client, folder, open } = await scene(t);
  const { index } = await open();
  const all = async () => wholeIndex(client, index);
  assert.equal((await open()).report.unchanged, 12);

  unlinkSync(path.join(folder, '003.jpg'));
  mkdirSync(path.join(folder, 'drafts'));
  writeFileSync(path.join(folder, 'drafts', 'new.jpg'), await jpeg(99));
  const { report } = await open();
  assert.deepEqual([report.indexed, report.unchanged, report.removed], [1, 11, 1]);
  assert.deepEqual([(await all()).has('drafts/new.jpg'), (await all()).has('003.jpg')], [true, false]);

  const without = await open({ ignore: ['drafts/'] });
  assert.deepEqual([without.report.removed, without.passedOver], [1, { ignored: 1 }]);
  assert.match(inspect(without), /^passed over: 1 ignored$/m);
  assert.ok(!(await all()).has('drafts/new.jpg'));
  assert.equal((await open()).report.indexed, 1);

  const thumbnail = '@eaDir/001.jpg/SYNOPHOTO_THUMB_S.jpg';
  mkdirSync(path.join(folder, path.dirname(thumbnail)), { recursive: true });
  writeFileSync(path.join(folder, thumbnail), await jpeg(1));
  const { body } = await client.get({ index, id: '001.jpg' });
  const document = { ...(body._source as object), image_url: `photos/${thumbnail}` };
  await client.index({ index, id: thumbnail, body: document, refresh: true });
  await open();
  assert.ok(!(await all()).has(thumbnail));
});

test('an index with another model’s vectors is refused with what to do, and left as it is; recreate makes it again', async (t) => {
  const { client, open } = await scene(t);
  const { index } = await open();
  const before = await wholeIndex(client, index);
  const clip = readingClip('r2');
  await assert.rejects(open({ clip }), {
    name: 'PhotoSearchError',
    message:
      /^(?!.*notebook 1).*holds vectors of test\/fake@r1.*this model makes test\/fake@r2.*recreate: true in the call, --recreate in the terminal/s,
  });
  assert.deepEqual(await wholeIndex(client, index), before);
  assert.equal((await open({ clip, recreate: true })).report.indexed, 12);
  assert.equal((await indexModel(client, index)).revision, 'r2');
});

test('`~`, a relative path, a path with a slash at its end and a link mean the same folder', async (t) => {
  const { folder } = await scene(t);
  const home = path.dirname(folder);
  setEnv(t, 'HOME', home);
  symlinkSync(folder, path.join(home, 'link'));
  const name = path.basename(folder);
  const relative = path.relative(process.cwd(), folder);
  for (const written of [folder, `~/${name}`, ` ${folder}/ `, path.join(home, 'link'), relative]) {
    assert.equal(await ownFolder(written), folder, written);
  }
  assert.equal(await ownFolder('~'), home);
});

test('a folder that is missing, is a file, can’t be read, or holds no photos is explained', async (t) => {
  const { client, indexName, folder } = await scene(t);
  const own = { settings: { indexName }, client, clip: fakeClip() };
  const fails = (written: string, message: RegExp) =>
    assert.rejects(indexOwnPhotos(written, own), { name: 'PhotoSearchError', message }, written);
  await fails(`${folder}/nowhere`, /There is no folder .*nowhere: give the path/);
  await fails(path.join(folder, '001.jpg'), /001\.jpg is a file: give the path of its folder/);
  await fails(path.join(folder, '001.jpg', 'below'), /is a file: give the path/);
  await fails('  ', /Which folder\?/);
  const empty = temporaryFolder(t);
  await fails(empty, /There are no photos that can be read in .*\nPhotos that can be read are \.jpg/);
  writeFileSync(path.join(empty, 'a.mov'), '');
  await fails(empty, /passed over: 1 \.mov/);
  const locked = path.join(temporaryFolder(t), 'locked');
  mkdirSync(locked, { mode: 0o000 });
  await asOrdinaryUser(() => fails(locked, /can't be read by you: change its permissions/));
});

test('any folder’s name gives an index that OpenSearch takes, always the same, and no two folders share one', async (t) => {
  const { client, indexName } = await scene(t);
  const names = ['Photos', 'photos', 'ÄÖÜ straße', '日本', '-_+.', '...', '😀', 'a,b|c#d:e', 'x'.repeat(300)];
  const made = names.map((name) => ownIndexName(indexName, `/a/${name}`));
  const elsewhere = names.map((name) => ownIndexName(indexName, `/b/a/${name}`));
  assert.equal(new Set([...made, ...elsewhere]).size, 2 * names.length);
  assert.equal(ownIndexName(indexName, '/a/Photos'), made[0]);
  assert.equal(ownIndexName('photos', '/home/me/Summer in Rome').slice(0, -8), 'photos-summer-in-rome-');
  for (const index of [...made, ownIndexName('é'.repeat(127), '/a/b')]) {
    await client.indices.create({ index, body: { settings: { index: { number_of_replicas: 0 } } } });
    await client.indices.delete({ index });
  }
});

test('in a terminal: npm run own -- FOLDER "text" uploads and searches, and says how to search on; --delete deletes', async (t) => {
  const { client, indexName, folder, env } = await scene(t);
  const own = (...args: string[]) => runTool('own', [path.basename(folder), ...args], { env });
  const { code, stdout, stderr } = await own('red');
  assert.equal(code, 0, stderr);
  const paths = [...stdout.matchAll(/^\d +-?\d\.\d{3} .* (Été à Rome 2024\/\d{3}\.jpg)$/gm)];
  assert.equal(paths.length, 3, stdout);
  for (const [, file = ''] of paths) assert.ok(existsSync(path.join(path.dirname(folder), file)));
  assert.match(stderr, /^indexed +12$/m);
  assert.match(stderr, /^To search it again: npm run own -- 'Été à Rome 2024' "red flowers"$/m);

  const index = ownIndexName(indexName, folder);
  assert.match((await own('--delete')).stderr, /^Index '.*' is deleted; the photos stay\.$/m);
  assert.equal((await client.indices.exists({ index })).body, false);
  const others = [`${indexName}-rome-0123abcd`, `${indexName}-model-0123abcd`];
  for (const other of others) await client.indices.create({ index: other });
  const none = (await own('--delete')).stderr;
  await client.indices.delete({ index: others });
  assert.match(none, /^There is no index for .*: nothing to delete/);
  assert.match(none, /\n {2}\S+-rome-0123abcd$/m);
  assert.doesNotMatch(none, /-model-0123abcd/, 'what a switch of models has kept does not belong to a folder');
  assert.equal((await own('--delete', 'red')).code, 2);
  await client.indices.create({ index });
  for (const CLIP_MODEL of ['built-in', '']) {
    const unusable = await runTool('own', [path.basename(folder), 'red'], { env: { ...env, CLIP_MODEL } });
    const told = /has no k-NN vectors.*: make this folder's index again \(.*--recreate in the terminal\)/;
    assert.match(unusable.stderr, told);
    assert.doesNotMatch(unusable.stderr, /notebook 1/, 'which would make another index again');
  }
  rmSync(folder, { recursive: true });
  assert.match((await own('--delete')).stderr, /is deleted/, 'also if the folder is gone');
});

test('a folder of HEIC alone ends with exit code 1 and a command; once that has run, the photos are found', async (t) => {
  const { env } = await scene(t);
  const folder = path.join(temporaryFolder(t), `Jane's phone`);
  mkdirSync(path.join(folder, 'below'), { recursive: true });
  const heic = path.join(__dirname, 'fixtures', 'red.heic');
  for (const name of ['IMG 1.HEIC', 'below/IMG_2.heic']) copyFileSync(heic, path.join(folder, name));
  const failed = await runTool('own', [folder], { env });
  assert.equal(failed.code, 1, failed.stderr);
  assert.match(failed.stderr, /^There are no photos that can be read in .*phone\.$/m);
  assert.match(failed.stderr, /^skipped: .*phone\/IMG 1\.HEIC.*: is HEIC, .*convert it to JPEG/m);
  assert.match(failed.stderr, /\nmacOS: find [^]*\nWindows: Get-ChildItem /);
  assert.doesNotMatch(failed.stderr, /photos\/IMG|\n\s+at /);
  const [, command = ''] = /^Linux: (.*\\;)/m.exec(failed.stderr) ?? [];
  // Stands for libheif's program, which may be missing here.
  const programs = temporaryFolder(t);
  writeFileSync(path.join(programs, 'photo.jpg'), await jpeg(1));
  const program = `#!/bin/sh\n[ -f "$1" ] && cp '${programs}/photo.jpg' "$2"\n`;
  writeFileSync(path.join(programs, 'heif-convert'), program, { mode: 0o755 });
  execFileSync('sh', ['-c', command], { env: { PATH: `${programs}:${process.env.PATH}` } });
  const { code, stderr } = await runTool('own', [folder], { env });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^indexed +2$/m);
});

test('in a terminal: Ctrl-C ends a download of the model, and says how to go on', async (t) => {
  const { folder, env } = await scene(t);
  const { hub, settings } = await modelScene(t);
  hub.fail('.onnx', { stallAfter: 100 }, { stallAfter: 100 });
  const model = { CLIP_MODEL: settings.clipModel, HF_ENDPOINT: hub.url, MODEL_CACHE: settings.modelCache };
  const isDownloading = () => hub.requests.some(({ server }) => server === 'store');
  const { code, stderr } = await runTool('own', [folder], {
    env: { ...env, ...model },
    meanwhile: async (own) => {
      while (!isDownloading() && own.exitCode === null) await pause(20);
      own.kill('SIGINT');
    },
  });
  assert.ok(isDownloading());
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Interrupted\. Run it again to continue: what was downloaded or uploaded is kept\.$/m);
  assert.doesNotMatch(stderr, /\n\s+at /);
});
