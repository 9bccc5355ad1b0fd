import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtInFolder, builtInModel } from '../clip-model/built-in-model';
import { chooseModel } from '../clip-model/choose-model';
import { defaultModel } from '../clip-model/default-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { parseModelName } from '../clip-model/parse-model-name';
import { DownloadError } from '../download/error';
import { type ModelIdentity, preprocessingVersion } from '../lib/model/model-identity';
import { repositoryRoot } from '../workshop/settings';
import { startProcess } from './support/in-process';
import type { Fault } from './support/loopback-hub';
import { commit, modelScene, type ModelScene, sameFiles, writeDummyModel } from './support/model-scene';
import { temporaryFolder } from './support/temporary-folder';

test('a name is a folder if there is one, else a model on the hub with or without revision', () => {
  for (const name of ['built-in', builtInModel, builtInFolder]) {
    assert.deepEqual(parseModelName(name), { folder: builtInFolder });
  }
  assert.deepEqual(parseModelName('org/clip'), { id: 'org/clip', revision: 'main' });
  assert.deepEqual(parseModelName('org/clip@v1.0'), { id: 'org/clip', revision: 'v1.0' });
  assert.throws(() => parseModelName('/no/such/folder'), /there is no folder \/no\/such\/folder/);
  assert.throws(() => parseModelName('clip'), /have names like Xenova\/clip-vit-base-patch32/);
  assert.throws(() => parseModelName('../a/b'), /there is no folder/);
  const says = /^PhotoSearchError: CLIP_MODEL: .* can't be read \(ENAMETOOLONG\)/;
  assert.throws(() => parseModelName('x'.repeat(300)), says);
});

test('to choose a model fetches its two small configurations; a branch is settled to the commit that the hub tells, once, and all files are of that commit; a cache that can’t be written is named', async (t) => {
  const { hub, served, settings } = await modelScene(t);
  const { identity } = await chooseModel(settings);
  assert.equal(identity.revision, commit);
  for (const { method, path: asked } of hub.requests) {
    if (method === 'GET') assert.match(asked, /\/(preprocessor_)?config\.json$/);
  }
  hub.addModel('org/clip', served, 'f'.repeat(40));
  assert.equal((await chooseModel(settings)).identity.revision, commit);
  await fetchModel(identity, settings);
  assert.equal(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/main/')).length, 1);

  const modelCache = path.join(served, 'README.md');
  for (const clipModel of ['org/clip', `org/clip@${commit}`]) {
    const inTheWay = {
      name: 'DownloadError',
      message: /README.*could not be written.*a file is where a folder is needed/,
    };
    await assert.rejects(chooseModel({ ...settings, modelCache, clipModel }), inTheWay);
  }
});

test('a token goes to the hub with each request, and never to where it redirects; weights in external files are fetched with the rest', async (t) => {
  const external = { 'text_model.onnx': 2, vision_model: true };
  const weights = [
    ...['text_model.onnx', 'text_model.onnx_data', 'text_model.onnx_data_1'],
    ...['vision_model.onnx', 'vision_model.onnx_data'],
  ];
  const extra = { 'transformers.js_config': { use_external_data_format: external } };
  const { hub, settings } = await modelScene(t, {
    config: { model_type: 'clip', projection_dim: 24, ...extra },
    weights,
  });
  const withToken = { ...settings, hfToken: 'hf_secret' };
  await fetchModel((await chooseModel(withToken)).identity, withToken);
  for (const { server, authorization } of hub.requests) {
    assert.equal(authorization, server === 'hub' ? 'Bearer hf_secret' : undefined);
  }
  const stored = hub.requests.filter(({ server }) => server === 'store');
  assert.deepEqual(stored.map(({ path: asked }) => path.basename(asked)).sort(), weights.sort());
});

test('built-in is the model in this repository, and nothing is asked of the hub', async (t) => {
  const { hub, settings } = await modelScene(t);
  const { identity, notice } = await chooseModel({ ...settings, clipModel: 'built-in' });
  assert.deepEqual([identity.model, notice], [builtInModel, undefined]);
  const forOthers = await chooseModel({ ...settings, clipModel: 'built-in', clipDtype: 'fp32' });
  assert.deepEqual(forOthers.identity, identity);
  const files = await fetchModel(identity, { ...settings, clipModel: 'built-in' });
  assert.equal(files.folder, builtInFolder);
  assert.doesNotMatch(files.notice ?? '', /but the index holds/);
  assert.equal(hub.requests.length, 0);
});

test('where the settings name another model than the index, the model’s notice says so, and which is used', async (t) => {
  const { settings } = await modelScene(t);
  const { identity } = await chooseModel(settings);
  const noticeFor = async (named: { clipModel?: string; clipDtype?: string }) =>
    (await fetchModel(identity, { ...settings, clipModel: undefined, ...named })).notice ?? '';
  const others = ['Xenova/clip-vit-base-patch16', 'built-in', '/no/such/folder', `org/clip@${'f'.repeat(40)}`];
  for (const clipModel of others) {
    const says = new RegExp(`^CLIP_MODEL is ${clipModel}, but the index holds vectors of org/clip@c0ffee0`);
    assert.match(await noticeFor({ clipModel }), says);
  }
  assert.match(await noticeFor({ clipDtype: 'q8' }), /^CLIP_DTYPE is q8, but .* notebook 1 with/);
  for (const clipModel of ['org/clip', 'org/clip@main', `org/clip@${commit}`, undefined]) {
    assert.equal(await noticeFor({ clipModel, clipDtype: 'text=fp32,vision=fp32' }), '');
  }
});

const [named, unnamed, token] = [{}, { clipModel: undefined }, { hfToken: 'hf_secret' }];
/** As the hub's refusals say why, unlike those of a firewall. */
const asHub = { 'x-error-message': 'Access denied' };
const busy = { status: 429, headers: { 'retry-after': '3600' } };
/** What the hub does, where nobody may stand in for the model, or the built-in one may. */
const refusals: [what: string, fault: Fault | 'gone', settings: object, says: RegExp, standIn?: true][] = [
  ['401', { status: 401 }, named, /org\/clip does not exist .*or is private.*set HF_TOKEN/],
  ["403, a firewall's, with a token", { status: 403 }, token, /a firewall or proxy .*HF_ENDPOINT.*CLIP_MODEL=built-in/],
  [
    '403, with a token',
    { status: 403, headers: asHub },
    token,
    /HF_TOKEN is not accepted, or has no access to org\/clip/,
  ],
  ['404', { status: 404 }, named, /org\/clip at revision main is neither on .* nor a folder/],
  ['429', busy, named, /HTTP 429 .*asks to wait 60 min.*Codespaces or a class.*HF_TOKEN/],
  ['nothing, being gone', 'gone', named, /cannot be reached .*HF_ENDPOINT.*CLIP_MODEL=built-in/, true],
  ['401, no model named, with a token', { status: 401 }, { ...unnamed, ...token }, /HF_TOKEN is not accepted/, true],
  ['nothing, no model named', 'gone', unnamed, /patch32 is unavailable: .*CLIP_MODEL=built-in.*allowBuiltIn: true/],
];
describe('a hub that fails', { concurrency: true }, () => {
  for (const [what, fault, changed, says, allowBuiltIn = false] of refusals) {
    test(`a hub that answers ${what}, is an error within 5 s that says what to do`, async (t) => {
      const { hub, settings } = await modelScene(t);
      if (fault === 'gone') await hub.close();
      else hub.fail('config.json', fault);
      const beganAt = performance.now();
      await assert.rejects(chooseModel({ ...settings, ...changed }, { allowBuiltIn }), (error) => {
        assert.ok(error instanceof DownloadError);
        assert.match(error.message, says);
        assert.doesNotMatch(`${error.message}${error.stack ?? ''}`, /hf_secret/);
        return true;
      });
      assert.ok(performance.now() - beganAt < 5000);
    });
  }

  test('a named model is waited for: its hub may be slow', async (t) => {
    const { hub, settings } = await modelScene(t);
    hub.fail('config.json', { lateMs: 4500 });
    assert.equal((await chooseModel(settings)).identity.revision, commit);
  });

  for (const [fault, reason, changed = {}] of [
    ['gone', 'cannot be reached'],
    [{ silent: true }, 'is unavailable'],
    [busy, 'HTTP 429'],
    [{ status: 401 }, 'HTTP 401'],
    [{ status: 403 }, 'HTTP 403', token], // a firewall's, see `asHub`
  ] as const) {
    test(`without a named model, where the hub's ${reason}, the built-in model stands in within 10 s, and says so`, async (t) => {
      const { hub, settings } = await modelScene(t);
      if (fault === 'gone') await hub.close();
      else hub.fail('config.json', fault);
      const beganAt = performance.now();
      const { identity, notice } = await chooseModel({ ...settings, ...unnamed, ...changed }, { allowBuiltIn: true });
      assert.ok(performance.now() - beganAt < 10_000, `${performance.now() - beganAt} ms`);
      assert.deepEqual([identity.model, identity.dtype], [builtInModel, 'q8']);
      assert.match(identity.revision, /^sha256:[0-9a-f]{12}$/);
      const says = `^Xenova/clip-vit-base-patch32 is unavailable: .*${reason}.*built-in model.*go online.*notebook 1`;
      assert.match(notice ?? '', new RegExp(reason === 'is unavailable' ? 'is unavailable.*built-in model' : says));
      const files = await fetchModel(identity, settings);
      assert.equal(files.folder, builtInFolder);
      assert.match(files.notice ?? '', /built-in model/);
    });
  }
});

test('the default model is asked for at its pinned commit, and other bytes than the pinned are refused', async (t) => {
  const { hub, served, settings } = await modelScene(t);
  hub.addModel(defaultModel.id, served, defaultModel.revision);
  const { identity, notice } = await chooseModel({ ...settings, ...unnamed }, { allowBuiltIn: true });
  assert.equal(
    hub.requests[0]?.path,
    '/Xenova/clip-vit-base-patch32/resolve/d15189d7028b43f1d3e65039190477f6af591c2a/config.json',
  );
  assert.equal(identity.model, builtInModel);
  assert.match(notice ?? '', /config\.json is damaged: expected SHA-256 493ef57f/);
});

test('a hub that has the model in other precisions only is reported, with those that it has; so is one whose model is not a CLIP', async (t) => {
  const weights = ['text_model.onnx', 'vision_model.onnx', 'text_model_quantized.onnx'];
  const { settings } = await modelScene(t, { weights });
  await assert.rejects(
    chooseModel({ ...settings, clipDtype: 'q8' }),
    /has no onnx\/vision_model_quantized\.onnx, but has its vision tower as fp32: set CLIP_DTYPE/,
  );
  const clipDtype = 'text=q8,vision=fp32';
  assert.equal((await chooseModel({ ...settings, clipDtype })).identity.dtype, clipDtype);
  const other = await modelScene(t, { config: { model_type: 'siglip' } });
  const says = /org\/clip.* is not a CLIP .*model_type "siglip", projection_dim null/;
  await assert.rejects(chooseModel(other.settings), says);
});

test('a folder takes the most exact weights that it has, for each tower', async (t) => {
  const folder = temporaryFolder(t);
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
  writeDummyModel(folder, { weights: ['text_model.onnx', 'vision_model_quantized.onnx'] });
  assert.equal((await chooseModel(settings)).identity.dtype, 'text=fp32,vision=q8');
  writeDummyModel(folder, { weights: ['vision_model_fp16.onnx', 'text_model_fp16.onnx'] });
  assert.equal((await chooseModel(settings)).identity.dtype, 'text=fp32,vision=fp16');
  assert.equal((await chooseModel({ ...settings, clipDtype: 'fp16' })).identity.dtype, 'fp16');
  await assert.rejects(
    chooseModel({ ...settings, clipDtype: 'q8' }),
    /lacks onnx\/text_model_quantized\.onnx; that folder has text_model\.onnx, text_model_fp16\.onnx, vision/,
  );
});

test('a folder in the repository is named by its path there, the same in every clone', async () => {
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: '/nowhere' };
  const relative = await chooseModel({ ...settings, clipModel: builtInModel });
  const absolute = path.join(repositoryRoot, builtInModel, '/');
  assert.deepEqual(await chooseModel({ ...settings, clipModel: absolute }), relative);
  assert.equal(relative.identity.model, builtInModel);
  assert.equal(relative.identity.preprocessing, preprocessingVersion);
});

test('a folder that changed or went since the index was made is refused, and so are photos that were prepared in another way', async (t) => {
  const folder = path.join(temporaryFolder(t), 'clip');
  fs.mkdirSync(folder);
  writeDummyModel(folder);
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
  const { identity } = await chooseModel(settings);
  assert.equal((await fetchModel(identity, settings)).folder, folder);
  const reason = /prepared differently \(other-0; .*notebook 1 with recreate.*; for your own folder, npm run own/;
  await assert.rejects(fetchModel({ ...identity, preprocessing: 'other-0' }, settings), reason);
  fs.cpSync(path.join(folder, 'onnx/text_model.onnx'), path.join(folder, 'onnx/vision_model.onnx'));
  await assert.rejects(
    fetchModel(identity, settings),
    /are not those that the index was made with \(then .*sha256:\w{12}.*now .*sha256:\w{12}.*recreate/,
  );
  await assert.rejects(
    fetchModel({ ...identity, model: folder + '-gone' }, settings),
    /clip-gone, which is no longer there. Put it back, or make the index again: notebook 1/,
  );
});

async function fetchAll({ settings }: Pick<ModelScene, 'settings'>): Promise<ModelFiles> {
  return fetchModel((await chooseModel(settings)).identity, settings);
}

/** A scene whose cache holds the whole model; requests are counted from then on. */
async function warmScene(t: TestContext) {
  const scene = await modelScene(t);
  const { folder } = await fetchAll(scene);
  assert.ok(sameFiles(folder, scene.served));
  scene.hub.requests.length = 0;
  return { ...scene, folder };
}

test('a model is fetched into a folder of its commit, with the files it needs and no others', async (t) => {
  const weights = ['text_model.onnx', 'vision_model.onnx', 'text_model_fp16.onnx', 'model.onnx'];
  const scene = await modelScene(t, { weights });
  const { folder, identity } = await fetchAll(scene);
  assert.equal(folder, path.join(scene.settings.modelCache, 'org', 'clip', commit));
  const { preprocessing } = identity;
  assert.deepEqual(identity, { model: 'org/clip', revision: commit, dtype: 'fp32', preprocessing, dimension: 24 });
  assert.deepEqual(fs.readdirSync(folder, { recursive: true }).map(String).sort(), [
    ...['config.json', 'downloaded.json', 'onnx', 'onnx/text_model.onnx', 'onnx/vision_model.onnx'],
    ...['preprocessor_config.json', 'special_tokens_map.json', 'tokenizer.json', 'tokenizer_config.json'],
  ]);
});

test('with a warm cache no request is made, hub or no hub, nor with one that is read-only or was copied to another machine', async (t) => {
  const scene = await warmScene(t);
  await scene.hub.close();
  assert.equal((await fetchAll(scene)).folder, scene.folder);
  const folders = [scene.folder, path.join(scene.folder, 'onnx')];
  for (const folder of folders) fs.chmodSync(folder, 0o555);
  try {
    await fetchAll(scene);
  } finally {
    for (const folder of folders) fs.chmodSync(folder, 0o755);
  }
  const copy = `${scene.settings.modelCache}-copy`;
  await sleep(20);
  fs.cpSync(scene.settings.modelCache, copy, { recursive: true });
  await fetchAll({ settings: { ...scene.settings, modelCache: copy } });
});

const weights = 'onnx/vision_model.onnx';
const damages: Record<string, (file: string) => void> = {
  'was cut to half': (file) => fs.truncateSync(file, 600_000),
  'was changed in one byte, with its old size and time': (file) => {
    const { atime, mtime } = fs.statSync(file);
    const content = fs.readFileSync(file);
    content.writeUInt8(content.readUInt8(500_000) ^ 1, 500_000);
    fs.writeFileSync(file, content);
    fs.utimesSync(file, atime, mtime);
  },
  'was deleted': (file) => fs.rmSync(file),
  'no download has vouched for': (file) => {
    fs.truncateSync(file, 600_000);
    fs.rmSync(path.join(file, '../../downloaded.json'));
  },
};
for (const [how, damage] of Object.entries(damages)) {
  test(`a cached file that ${how} is fetched again, and only that one`, async (t) => {
    const scene = await warmScene(t);
    damage(path.join(scene.folder, weights));
    await fetchAll(scene);
    assert.ok(sameFiles(scene.folder, scene.served));
    const contents = scene.hub.requests.filter(({ method, server }) => method === 'GET' && server === 'store');
    if (fs.existsSync(path.join(scene.folder, 'downloaded.json')) && !how.startsWith('no')) {
      assert.deepEqual([...new Set(contents.map(({ path: file }) => path.basename(file)))], ['vision_model.onnx']);
    }
  });
}

test('a damaged cache without a hub is an error, not a model', async (t) => {
  const scene = await warmScene(t);
  const { identity } = await chooseModel(scene.settings);
  fs.truncateSync(path.join(scene.folder, weights), 600_000);
  await scene.hub.close();
  await assert.rejects(
    fetchModel(identity, scene.settings),
    /org\/clip@c0ffee0, fp32, 24, is unavailable: .*cannot be reached .*notebook 1 with recreate.*; for your own folder/,
  );
});

test('wrong bytes from the hub are never used, and the error names both hashes; the next run has the model', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  const wrong = { body: Buffer.alloc(1_200_000) };
  scene.hub.fail('vision_model.onnx', wrong, wrong, wrong);
  const says = /vision_model\.onnx is damaged: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/;
  await assert.rejects(fetchModel(identity, scene.settings), says);
  assert.ok(!fs.existsSync(path.join(scene.settings.modelCache, 'org', 'clip', commit, weights)));
  assert.ok(sameFiles((await fetchModel(identity, scene.settings)).folder, scene.served));
});

test('a page in place of a JSON file is refused', async (t) => {
  const scene = await modelScene(t);
  fs.writeFileSync(path.join(scene.served, 'tokenizer.json'), '<html>Please log in</html>');
  scene.hub.addModel('org/clip', scene.served, commit);
  await assert.rejects(fetchAll(scene), /sent tokenizer\.json as something other than JSON: .*log-in page/);
});

/** Fetches a model in a process of its own. */
function startFetching(identity: ModelIdentity, { settings }: ModelScene): ReturnType<typeof startProcess> {
  return startProcess(`
    require('@/clip-model/fetch-model').fetchModel(${JSON.stringify(identity)}, ${JSON.stringify(settings)})
      .then(({ folder }) => console.log('has', folder));`);
}

test('two processes at once fetch each file once, and both have the model', async (t) => {
  const scene = await modelScene(t);
  scene.hub.fail('vision_model.onnx', { slowMs: 20 });
  const { identity } = await chooseModel(scene.settings);
  scene.hub.requests.length = 0;
  const outputs = await Promise.all([1, 2].map(() => startFetching(identity, scene).ended));
  for (const output of outputs) assert.match(output, /has .*c0ffee0+\s+\[0\]$/);
  assert.match(outputs.join(), /Another notebook or command is downloading this model/);
  const contents = scene.hub.requests.filter(({ method, server }) => method === 'GET' && server === 'store');
  assert.equal(contents.length, 2, 'one for each tower');
  const folder = path.join(scene.settings.modelCache, 'org', 'clip', commit);
  assert.ok(sameFiles(folder, scene.served));
  assert.ok(!fs.readdirSync(folder).includes('.lock'));
});

test('after kill -9 while it downloads, the next process takes over and goes on', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  scene.hub.fail('vision_model.onnx', { stallAfter: 500_000 });
  const { child, ended } = startFetching(identity, scene);
  const onnx = path.join(scene.settings.modelCache, 'org', 'clip', commit, 'onnx');
  const partBytes = () => {
    const part = fs.existsSync(onnx)
      ? fs.readdirSync(onnx).find((name) => /^vision_model.*\.part$/.test(name))
      : undefined;
    return part === undefined ? 0 : fs.statSync(path.join(onnx, part)).size;
  };
  while (partBytes() < 500_000) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  assert.ok(fs.readdirSync(path.dirname(onnx)).includes('.lock'));

  const { folder } = await fetchModel(identity, scene.settings);
  assert.ok(sameFiles(folder, scene.served));
  assert.deepEqual(fs.readdirSync(onnx).sort(), ['text_model.onnx', 'vision_model.onnx']);
  assert.equal(scene.hub.requests.at(-1)?.range, 'bytes=500000-');
});
