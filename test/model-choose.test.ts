import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DownloadError } from '../download/error';
import { chooseModel } from '../clip-model/choose-model';
import { defaultModel } from '../clip-model/default-model';
import { builtInFolder, builtInModel } from '../clip-model/built-in-model';
import { fetchModel } from '../clip-model/fetch-model';
import { parseModelName } from '../clip-model/name';
import { preprocessingVersion } from '../lib/index-model';
import { repositoryRoot } from '../workshop/settings';
import { writeDummyModel } from './support/dummy-model';
import { startLoopbackHub } from './support/loopback-hub';
import { commit, modelScene } from './support/model-scene';
import { temporaryFolder } from './support/temporary-folder';

test('a name is a folder if there is one, else a model on the hub with or without revision', () => {
  assert.deepEqual(parseModelName(builtInModel), { folder: builtInFolder });
  assert.deepEqual(parseModelName(builtInFolder), { folder: builtInFolder });
  assert.deepEqual(parseModelName('org/clip'), { id: 'org/clip', revision: 'main' });
  assert.deepEqual(parseModelName('org/clip@v1.0'), { id: 'org/clip', revision: 'v1.0' });
  assert.throws(() => parseModelName('/no/such/folder'), /there is no folder \/no\/such\/folder/);
  assert.throws(() => parseModelName('clip'), /named like Xenova\/clip-vit-base-patch32/);
  assert.throws(() => parseModelName('../a/b'), /there is no folder/);
});

test('a branch is settled to the commit that the hub tells, once, and all files are of that commit', async (t) => {
  const { hub, served, settings } = await modelScene(t);
  const { identity } = await chooseModel(settings);
  assert.equal(identity.revision, commit);
  hub.addModel('org/clip', served, 'f'.repeat(40));
  assert.equal((await chooseModel(settings)).identity.revision, commit);
  await fetchModel(identity, settings);
  const others = hub.requests.filter(({ path: asked }) => asked.includes('/resolve/main/'));
  assert.equal(others.length, 1);
});

test('to choose a model fetches only its two small configurations', async (t) => {
  const { hub, settings } = await modelScene(t);
  await chooseModel(settings);
  const fetched = hub.requests.filter(({ method }) => method === 'GET').map((r) => r.path);
  assert.ok(fetched.length > 0);
  for (const file of fetched) assert.match(file, /\/(preprocessor_)?config\.json$/);
});

test('a token goes to the hub with each request, and never to where it redirects', async (t) => {
  const { hub, settings } = await modelScene(t);
  const withToken = { ...settings, hfToken: 'hf_secret' };
  await fetchModel((await chooseModel(withToken)).identity, withToken);
  for (const { server, authorization } of hub.requests) {
    assert.equal(authorization, server === 'hub' ? 'Bearer hf_secret' : undefined);
  }
  assert.equal(hub.requests.filter(({ server }) => server === 'store').length, 2);
});

test('built-in is the model in this repository, and nothing is asked of the hub, with the option or without', async (t) => {
  assert.deepEqual(parseModelName('built-in'), { folder: builtInFolder });
  const { hub, settings } = await modelScene(t);
  for (const allowBuiltIn of [false, true]) {
    const { identity, notice } = await chooseModel({ ...settings, clipModel: 'built-in' }, { allowBuiltIn });
    assert.equal(identity.model, builtInModel);
    assert.equal(notice, undefined);
    const files = await fetchModel(identity, { ...settings, clipModel: 'built-in' });
    assert.equal(files.folder, builtInFolder);
    assert.doesNotMatch(files.notice ?? '', /but the index holds/);
  }
  assert.equal(hub.requests.length, 0);
});

test('without the option nothing stands in: an unreachable hub is an error that says how to do without', async (t) => {
  const { hub, settings } = await modelScene(t);
  await hub.close();
  await assert.rejects(chooseModel({ ...settings, clipModel: undefined }), (error) => {
    assert.ok(error instanceof DownloadError);
    assert.equal(error.problem, 'unreachable');
    assert.match(error.message, /^Xenova\/clip-vit-base-patch32 is unavailable: .*cannot be reached/);
    assert.match(error.message, /CLIP_MODEL=built-in.*allowBuiltIn: true/);
    return true;
  });
});

test('where the settings name another model than the index, the model’s notice says so, and which is used', async (t) => {
  const { settings } = await modelScene(t);
  const { identity } = await chooseModel(settings);
  const noticeFor = async (named: { clipModel?: string; clipDtype?: string }) =>
    (await fetchModel(identity, { ...settings, clipModel: undefined, ...named })).notice ?? '';

  for (const clipModel of ['Xenova/clip-vit-base-patch16', 'built-in', '/no/such/folder']) {
    assert.match(
      await noticeFor({ clipModel }),
      new RegExp(`^CLIP_MODEL is ${clipModel}, but the index holds vectors of org/clip@c0ffee0`),
    );
  }
  assert.match(await noticeFor({ clipModel: `org/clip@${'f'.repeat(40)}` }), /but the index holds/);
  assert.match(await noticeFor({ clipDtype: 'q8' }), /^CLIP_DTYPE is q8, but .* notebook 1 with/);
  const same = ['org/clip', 'org/clip@main', `org/clip@${commit}`, undefined];
  for (const clipModel of same) {
    assert.equal(await noticeFor({ clipModel, clipDtype: 'text=fp32,vision=fp32' }), '');
  }
});

const hubErrors = [
  {
    status: 401,
    hfToken: undefined,
    says: /org\/clip does not exist .*or is private.*set HF_TOKEN/,
  },
  {
    status: 403,
    hfToken: 'hf_secret',
    says: /HF_TOKEN is not accepted, or has no access to org\/clip/,
  },
  {
    status: 404,
    hfToken: undefined,
    says: /org\/clip at revision main is not on .*nor is it a folder/,
  },
];
for (const { status, hfToken, says } of hubErrors) {
  test(`a named model that the hub answers with ${status}${hfToken ? ', with a token,' : ''} is an error that says what to do`, async (t) => {
    const { hub, settings } = await modelScene(t);
    hub.fail('config.json', { status });
    await assert.rejects(chooseModel({ ...settings, hfToken }), (error: Error) => {
      assert.match(error.message, says);
      assert.doesNotMatch(`${error.message}${error.stack ?? ''}`, /hf_secret/);
      return true;
    });
  });
}

test('a hub that stays busy longer than we wait is an error that names HF_TOKEN', async (t) => {
  const { hub, settings } = await modelScene(t);
  hub.fail('config.json', { status: 429, headers: { 'retry-after': '3600' } });
  await assert.rejects(chooseModel(settings), /HTTP 429 .*asks to wait 60 minutes.*Codespaces or a class.*HF_TOKEN/);
});

test('a named model is never replaced: an unreachable hub is an error within 5 s', async (t) => {
  const { hub, settings } = await modelScene(t);
  await hub.close();
  const beganAt = performance.now();
  await assert.rejects(chooseModel(settings), (error) => {
    assert.ok(error instanceof DownloadError);
    assert.equal(error.problem, 'unreachable');
    assert.match(error.message, /cannot be reached .*HF_ENDPOINT/);
    return true;
  });
  assert.ok(performance.now() - beganAt < 5000);
});

test('without a named model, an unreachable hub gives the built-in model within 5 s, and says so', async (t) => {
  const { hub, settings } = await modelScene(t);
  await hub.close();
  const beganAt = performance.now();
  const { identity, notice } = await chooseModel({ ...settings, clipModel: undefined }, { allowBuiltIn: true });
  assert.ok(performance.now() - beganAt < 5000);
  assert.equal(identity.model, builtInModel);
  assert.equal(identity.dtype, 'q8');
  assert.match(identity.revision, /^sha256:[0-9a-f]{12}$/);
  assert.match(notice ?? '', /^Xenova\/clip-vit-base-patch32 is unavailable: .*cannot be reached/);
  assert.match(notice ?? '', /built-in model.*colours.*go online.*make the index again: notebook 1/);

  const files = await fetchModel(identity, settings);
  assert.equal(files.folder, builtInFolder);
  assert.match(files.notice ?? '', /built-in model/);
});

test('without a named model, a hub that says nothing gives the built-in model within 5 s', async (t) => {
  const { hub, settings } = await modelScene(t);
  hub.fail('config.json', { silent: true });
  const beganAt = performance.now();
  const { identity, notice } = await chooseModel({ ...settings, clipModel: undefined }, { allowBuiltIn: true });
  assert.ok(performance.now() - beganAt < 5000, `${performance.now() - beganAt} ms`);
  assert.equal(identity.model, builtInModel);
  assert.match(notice ?? '', /is unavailable/);
});

for (const fault of [{ status: 429, headers: { 'retry-after': '3600' } }, { status: 403 }]) {
  test(`without a named model, HTTP ${fault.status} gives the built-in model with the reason`, async (t) => {
    const { hub, settings } = await modelScene(t);
    hub.fail('config.json', fault);
    const { identity, notice } = await chooseModel({ ...settings, clipModel: undefined }, { allowBuiltIn: true });
    assert.equal(identity.model, builtInModel);
    assert.match(notice ?? '', new RegExp(`HTTP ${fault.status}.*built-in model`));
  });
}

test('without a named model, a refused token is an error, for its owner to correct', async (t) => {
  const { hub, settings } = await modelScene(t);
  hub.fail('config.json', { status: 401 });
  await assert.rejects(
    chooseModel({ ...settings, clipModel: undefined, hfToken: 'hf_secret' }, { allowBuiltIn: true }),
    /HF_TOKEN is not accepted/,
  );
});

test('the default model is asked for at its pinned commit, and other bytes than the pinned are refused', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  const folder = temporaryFolder(t);
  writeDummyModel(path.join(folder, 'served'));
  hub.addModel(defaultModel.id, path.join(folder, 'served'), defaultModel.revision);
  const settings = { hfEndpoint: hub.url, modelCache: path.join(folder, 'cache') };
  const { identity, notice } = await chooseModel(settings, { allowBuiltIn: true });
  assert.equal(
    hub.requests[0]?.path,
    '/Xenova/clip-vit-base-patch32/resolve/d15189d7028b43f1d3e65039190477f6af591c2a/config.json',
  );
  assert.equal(identity.model, builtInModel);
  assert.match(notice ?? '', /config\.json is not the expected file: expected 4524 bytes/);
});

test('a hub that has the model in other precisions only says which', async (t) => {
  const { settings } = await modelScene(t, {
    weights: ['text_model.onnx', 'vision_model.onnx', 'text_model_quantized.onnx'],
  });
  await assert.rejects(
    chooseModel({ ...settings, clipDtype: 'q8' }),
    /has no onnx\/vision_model_quantized\.onnx, but its vision tower as fp32: set CLIP_DTYPE/,
  );
  const clipDtype = 'text=q8,vision=fp32';
  assert.equal((await chooseModel({ ...settings, clipDtype })).identity.dtype, clipDtype);
});

test('a model that is no CLIP is refused in one sentence', async (t) => {
  const { settings } = await modelScene(t, { config: { model_type: 'siglip' } });
  await assert.rejects(chooseModel(settings), /org\/clip.* is not a CLIP .*model_type "siglip", projection_dim null/);
});

test('weights in external files are fetched with the rest', async (t) => {
  const external = { 'text_model.onnx': 2, vision_model: true };
  const { settings, hub } = await modelScene(t, {
    config: {
      model_type: 'clip',
      projection_dim: 24,
      'transformers.js_config': { use_external_data_format: external },
    },
    weights: [
      ...['text_model.onnx', 'text_model.onnx_data', 'text_model.onnx_data_1'],
      ...['vision_model.onnx', 'vision_model.onnx_data'],
    ],
  });
  await fetchModel((await chooseModel(settings)).identity, settings);
  const fetched = hub.requests.filter(({ method, server }) => method === 'GET' && server === 'hub');
  const names = fetched.map(({ path: asked }) => path.basename(asked));
  for (const name of ['text_model.onnx_data', 'text_model.onnx_data_1', 'vision_model.onnx_data']) {
    assert.ok(names.includes(name), name);
  }
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
    /lacks onnx\/text_model_quantized\.onnx; beside it is text_model\.onnx, text_model_fp16\.onnx, vision/,
  );
});

test('a folder in the repository is named by its path there, so that clones agree', async () => {
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: '/nowhere' };
  const relative = await chooseModel({ ...settings, clipModel: builtInModel });
  const absolute = await chooseModel({
    ...settings,
    clipModel: path.join(repositoryRoot, builtInModel, '/'),
  });
  assert.deepEqual(relative, absolute);
  assert.equal(relative.identity.model, builtInModel);
  assert.equal(relative.identity.preprocessing, preprocessingVersion);
});

test('a folder whose files changed since the index was made is refused', async (t) => {
  const folder = path.join(temporaryFolder(t), 'clip');
  mkdirSync(folder);
  writeDummyModel(folder);
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
  const { identity } = await chooseModel(settings);
  assert.equal((await fetchModel(identity, settings)).folder, folder);
  cpSync(path.join(folder, 'onnx/text_model.onnx'), path.join(folder, 'onnx/vision_model.onnx'));
  await assert.rejects(
    fetchModel(identity, settings),
    /are not those that the index was made with \(then .*sha256:\w{12}.*now .*sha256:\w{12}.*recreate/,
  );
  await assert.rejects(
    fetchModel({ ...identity, model: folder + '-gone' }, settings),
    /clip-gone, which is no longer there: put it back, or run notebook 1/,
  );
});

test('an index whose photos were prepared in another way is refused', async (t) => {
  const { settings } = await modelScene(t);
  const { identity } = await chooseModel(settings);
  await assert.rejects(
    fetchModel({ ...identity, preprocessing: 'other-0' }, settings),
    /prepared in another way \(other-0; .*run notebook 1 with recreate/,
  );
});
