import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { startProcess } from './support/in-process';
import { commit, modelScene, sameFiles, type ModelScene, type SceneSettings } from './support/model-scene';

async function fetchAll({ settings }: { settings: SceneSettings }): Promise<ModelFiles> {
  return fetchModel((await chooseModel(settings)).identity, settings);
}

/** A scene whose cache holds the whole model; requests are counted from then on. */
async function warmScene(t: TestContext): Promise<ModelScene & { folder: string }> {
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
  assert.deepEqual(readdirSync(folder, { recursive: true }).map(String).sort(), [
    ...['config.json', 'downloaded.json', 'onnx', 'onnx/text_model.onnx', 'onnx/vision_model.onnx'],
    ...['preprocessor_config.json', 'special_tokens_map.json', 'tokenizer.json', 'tokenizer_config.json'],
  ]);
});

test('with a warm cache no request is made, hub or no hub, nor with one that is read-only or was copied to another machine', async (t) => {
  const scene = await warmScene(t);
  await scene.hub.close();
  assert.equal((await fetchAll(scene)).folder, scene.folder);
  const folders = [scene.folder, path.join(scene.folder, 'onnx')];
  for (const folder of folders) chmodSync(folder, 0o555);
  try {
    await fetchAll(scene);
  } finally {
    for (const folder of folders) chmodSync(folder, 0o755);
  }
  const copy = `${scene.settings.modelCache}-copy`;
  await sleep(20);
  cpSync(scene.settings.modelCache, copy, { recursive: true });
  await fetchAll({ settings: { ...scene.settings, modelCache: copy } });
});

const weights = 'onnx/vision_model.onnx';
const damages: Record<string, (file: string) => void> = {
  'was cut to half': (file) => {
    truncateSync(file, 600_000);
  },
  'was changed in one byte, with its old size and time': (file) => {
    const { atime, mtime } = statSync(file);
    const content = readFileSync(file);
    content.writeUInt8(content.readUInt8(500_000) ^ 1, 500_000);
    writeFileSync(file, content);
    utimesSync(file, atime, mtime);
  },
  'was deleted': (file) => {
    rmSync(file);
  },
  'no download has vouched for': (file) => {
    truncateSync(file, 600_000);
    rmSync(path.join(file, '../../downloaded.json'));
  },
};
for (const [how, damage] of Object.entries(damages)) {
  test(`a cached file that ${how} is fetched again, and only that one`, async (t) => {
    const scene = await warmScene(t);
    damage(path.join(scene.folder, weights));
    await fetchAll(scene);
    assert.ok(sameFiles(scene.folder, scene.served));
    const contents = scene.hub.requests.filter(({ method, server }) => method === 'GET' && server === 'store');
    if (existsSync(path.join(scene.folder, 'downloaded.json')) && !how.startsWith('no')) {
      assert.deepEqual([...new Set(contents.map(({ path: file }) => path.basename(file)))], ['vision_model.onnx']);
    }
  });
}

test('a damaged cache without a hub is an error, not a model', async (t) => {
  const scene = await warmScene(t);
  const { identity } = await chooseModel(scene.settings);
  truncateSync(path.join(scene.folder, weights), 600_000);
  await scene.hub.close();
  await assert.rejects(
    fetchModel(identity, scene.settings),
    /org\/clip@c0ffee0, fp32, 24, is unavailable: .*cannot be reached .*run notebook 1 with recreate/,
  );
});

test('wrong bytes from the hub are never used, and the error names both hashes; an interrupt ends a download that hangs, at once; the next run has the model', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  const wrong = { body: Buffer.alloc(1_200_000) };
  scene.hub.fail('vision_model.onnx', wrong, wrong, wrong, { stallAfter: 20_000 });
  await assert.rejects(
    fetchModel(identity, scene.settings),
    /vision_model\.onnx is damaged: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/,
  );
  assert.ok(!existsSync(path.join(scene.settings.modelCache, 'org', 'clip', commit, weights)));

  const [stop, start] = [AbortSignal.timeout(1000), performance.now()];
  await assert.rejects(fetchModel(identity, scene.settings, { signal: stop }), { name: 'TimeoutError' });
  assert.ok(performance.now() - start < 5000);
  assert.ok(sameFiles((await fetchModel(identity, scene.settings)).folder, scene.served));
});

test('a page in place of a JSON file is refused', async (t) => {
  const scene = await modelScene(t);
  writeFileSync(path.join(scene.served, 'tokenizer.json'), '<html>Please log in</html>');
  scene.hub.addModel('org/clip', scene.served, commit);
  await assert.rejects(fetchAll(scene), /sent tokenizer\.json as something other than JSON: .*log-in page/);
});

test('two processes at once fetch each file once, and both have the model', async (t) => {
  const scene = await modelScene(t);
  scene.hub.fail('vision_model.onnx', { slowMs: 20 });
  const { identity } = await chooseModel(scene.settings);
  scene.hub.requests.length = 0;
  const code = `require('@/clip-model/fetch-model').fetchModel(${JSON.stringify(identity)}, ${JSON.stringify(scene.settings)})
    .then(({ folder }) => console.log('has', folder), (error) => { console.log(error); process.exitCode = 1; })`;
  const outputs = await Promise.all([startProcess(code).ended, startProcess(code).ended]);
  for (const output of outputs) assert.match(output, /has .*c0ffee0+\s+\[0\]$/);
  assert.match(outputs.join(), /Another notebook or command is downloading this model/);
  const contents = scene.hub.requests.filter(({ method, server }) => method === 'GET' && server === 'store');
  assert.equal(contents.length, 2, 'one for each tower');
  const folder = path.join(scene.settings.modelCache, 'org', 'clip', commit);
  assert.ok(sameFiles(folder, scene.served));
  assert.ok(!readdirSync(folder).includes('.lock'));
});

test('after kill -9 while it downloads, the next process takes over and goes on', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  scene.hub.fail('vision_model.onnx', { stallAfter: 500_000 });
  const code = `require('@/clip-model/fetch-model').fetchModel(${JSON.stringify(identity)}, ${JSON.stringify(scene.settings)})`;
  const { child, ended } = startProcess(code);
  const onnx = path.join(scene.settings.modelCache, 'org', 'clip', commit, 'onnx');
  const partBytes = () => {
    const part = existsSync(onnx) ? readdirSync(onnx).find((name) => name.endsWith('.part')) : undefined;
    return part === undefined ? 0 : statSync(path.join(onnx, part)).size;
  };
  while (partBytes() < 500_000) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  assert.ok(readdirSync(path.dirname(onnx)).includes('.lock'));

  const { folder } = await fetchModel(identity, scene.settings);
  assert.ok(sameFiles(folder, scene.served));
  assert.deepEqual(readdirSync(onnx).sort(), ['text_model.onnx', 'vision_model.onnx']);
  assert.equal(scene.hub.requests.at(-1)?.range, 'bytes=500000-');
});
