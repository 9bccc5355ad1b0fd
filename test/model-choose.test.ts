import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { DownloadError } from '../download/error';
import { chooseModel } from '../clip-model/choose-model';
import { defaultModel } from '../clip-model/default-model';
import { builtInFolder, builtInModel } from '../clip-model/built-in-model';
import { fetchModel } from '../clip-model/fetch-model';
import { parseModelName } from '../clip-model/name';
import { preprocessingVersion } from '../lib/index-model';
import { repositoryRoot } from '../workshop/settings';
import type { Fault } from './support/loopback-hub';
import { commit, modelScene, writeDummyModel } from './support/model-scene';
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
});

test('to choose a model fetches its two small configurations; a branch is settled to the commit that the hub tells, once, and all files are of that commit', async (t) => {
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
  for (const clipModel of [
    'Xenova/clip-vit-base-patch16',
    'built-in',
    '/no/such/folder',
    `org/clip@${'f'.repeat(40)}`,
  ]) {
    const says = new RegExp(`^CLIP_MODEL is ${clipModel}, but the index holds vectors of org/clip@c0ffee0`);
    assert.match(await noticeFor({ clipModel }), says);
  }
  assert.match(await noticeFor({ clipDtype: 'q8' }), /^CLIP_DTYPE is q8, but .* notebook 1 with/);
  for (const clipModel of ['org/clip', 'org/clip@main', `org/clip@${commit}`, undefined]) {
    assert.equal(await noticeFor({ clipModel, clipDtype: 'text=fp32,vision=fp32' }), '');
  }
});

const [named, unnamed, token] = [{}, { clipModel: undefined }, { hfToken: 'hf_secret' }];
const busy = { status: 429, headers: { 'retry-after': '3600' } };
/** What the hub does, where nobody may stand in for the model, or the built-in one may. */
const refusals: [what: string, fault: Fault | 'gone', settings: object, says: RegExp, standIn?: true][] = [
  ['401', { status: 401 }, named, /org\/clip does not exist .*or is private.*set HF_TOKEN/],
  ['403, with a token', { status: 403 }, token, /HF_TOKEN is not accepted, or has no access to org\/clip/],
  ['404', { status: 404 }, named, /org\/clip at revision main is neither on .* nor a folder/],
  ['429', busy, named, /HTTP 429 .*asks to wait 60 min.*Codespaces or a class.*HF_TOKEN/],
  ['nothing, being gone', 'gone', named, /cannot be reached .*HF_ENDPOINT/, true],
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

  for (const [fault, reason] of [
    ['gone', 'cannot be reached'],
    [{ silent: true }, 'is unavailable'],
    [busy, 'HTTP 429'],
    [{ status: 403 }, 'HTTP 403'],
  ] as const) {
    test(`without a named model, where the hub's ${reason}, the built-in model stands in within 5 s, and says so`, async (t) => {
      const { hub, settings } = await modelScene(t);
      if (fault === 'gone') await hub.close();
      else hub.fail('config.json', fault);
      const beganAt = performance.now();
      const { identity, notice } = await chooseModel({ ...settings, ...unnamed }, { allowBuiltIn: true });
      assert.ok(performance.now() - beganAt < 5000, `${performance.now() - beganAt} ms`);
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
  assert.match(notice ?? '', /config\.json is not the expected file: expected 4524 bytes/);
});

test('a hub that has the model in other precisions only says which; one that has no CLIP is told', async (t) => {
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

test('a folder in the repository is named by its path there, so that clones agree', async () => {
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: '/nowhere' };
  const relative = await chooseModel({ ...settings, clipModel: builtInModel });
  const absolute = path.join(repositoryRoot, builtInModel, '/');
  assert.deepEqual(await chooseModel({ ...settings, clipModel: absolute }), relative);
  assert.equal(relative.identity.model, builtInModel);
  assert.equal(relative.identity.preprocessing, preprocessingVersion);
});

test('a folder that changed or went since the index was made is refused, and so are photos that were prepared in another way', async (t) => {
  const folder = path.join(temporaryFolder(t), 'clip');
  mkdirSync(folder);
  writeDummyModel(folder);
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
  const { identity } = await chooseModel(settings);
  assert.equal((await fetchModel(identity, settings)).folder, folder);
  await assert.rejects(
    fetchModel({ ...identity, preprocessing: 'other-0' }, settings),
    /prepared differently \(other-0; .*run notebook 1 with recreate/,
  );
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
