import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { startProcess } from './support/in-process';
import { commit, modelScene, sameFiles, type ModelScene } from './support/model-scene';

async function fetchAll({ settings }: ModelScene): Promise<ModelFiles> {
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
  const scene = await modelScene(t, {
    weights: ['text_model.onnx', 'vision_model.onnx', 'text_model_fp16.onnx', 'model.onnx'],
  });
  const { folder, identity } = await fetchAll(scene);
  assert.equal(folder, path.join(scene.settings.modelCache, 'org', 'clip', commit));
  assert.deepEqual(identity, {
    model: 'org/clip',
    revision: commit,
    dtype: 'fp32',
    preprocessing: identity.preprocessing,
    dimension: 24,
  });
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  assert.deepEqual(names, [
    'config.json',
    'downloaded.json',
    'onnx',
    'onnx/text_model.onnx',
    'onnx/vision_model.onnx',
    'preprocessor_config.json',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});

test('with a warm cache no request is made, hub or no hub', async (t) => {
  const scene = await warmScene(t);
  await scene.hub.close();
  const { folder } = await fetchAll(scene);
  assert.ok(sameFiles(folder, scene.served));
  assert.equal(scene.hub.requests.length, 0);
});

const weights = 'onnx/vision_model.onnx';
const damages: Record<string, (file: string) => void> = {
  'cut to half': (file) => {
    truncateSync(file, 600_000);
  },
  'changed in one byte, with its old size and time': (file) => {
    const { atime, mtime } = statSync(file);
    const content = readFileSync(file);
    content.writeUInt8(content.readUInt8(500_000) ^ 1, 500_000);
    writeFileSync(file, content);
    utimesSync(file, atime, mtime);
  },
  deleted: (file) => {
    rmSync(file);
  },
};
for (const [how, damage] of Object.entries(damages)) {
  test(`a cached file that was ${how} is fetched again, and only that one`, async (t) => {
    const scene = await warmScene(t);
    damage(path.join(scene.folder, weights));
    await fetchAll(scene);
    assert.ok(sameFiles(scene.folder, scene.served));
    const files = new Set(scene.hub.requests.map((request) => path.basename(request.path)));
    assert.deepEqual([...files], ['vision_model.onnx']);
  });
}

test('a damaged cache without a hub is an error, not a model', async (t) => {
  const scene = await warmScene(t);
  truncateSync(path.join(scene.folder, weights), 600_000);
  await scene.hub.close();
  const identity = { model: 'org/clip', revision: commit, dtype: 'fp32', dimension: 24 };
  await assert.rejects(
    fetchModel({ ...identity, preprocessing: 'sharp-1' }, scene.settings),
    /org\/clip@c0ffee0, fp32, 24, is unavailable: .*cannot be reached .*run notebook 1 with recreate/,
  );
});

test('an interrupt ends a download that hangs, at once, and the next run has the model', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  scene.hub.fail('vision_model.onnx', { stallAfter: 20_000 });
  const stop = new AbortController();
  const interrupted = new Error('interrupted');
  const fetching = fetchModel(identity, scene.settings, { signal: stop.signal });
  setTimeout(() => {
    stop.abort(interrupted);
  }, 1500);
  const start = performance.now();
  await assert.rejects(fetching, (error) => error === interrupted);
  assert.ok(performance.now() - start < 5000);

  const { folder } = await fetchModel(identity, scene.settings);
  assert.ok(sameFiles(folder, scene.served));
});

test('a cache that was copied to another machine is used without a request', async (t) => {
  const scene = await warmScene(t);
  const copy = `${scene.settings.modelCache}-copy`;
  await sleep(20);
  cpSync(scene.settings.modelCache, copy, { recursive: true });
  scene.settings.modelCache = copy;
  await fetchAll(scene);
  assert.equal(scene.hub.requests.length, 0);
});

test('a file that no download has vouched for is not used', async (t) => {
  const scene = await warmScene(t);
  rmSync(path.join(scene.folder, 'downloaded.json'));
  truncateSync(path.join(scene.folder, weights), 600_000);
  await fetchAll(scene);
  assert.ok(sameFiles(scene.folder, scene.served));
});

test('a read-only cache works', async (t) => {
  const scene = await warmScene(t);
  const folders = [scene.folder, path.join(scene.folder, 'onnx')];
  for (const folder of folders) chmodSync(folder, 0o555);
  try {
    await fetchAll(scene);
  } finally {
    for (const folder of folders) chmodSync(folder, 0o755);
  }
  assert.equal(scene.hub.requests.length, 0);
});

test('a wrong file from the hub is never used, and the error names both hashes', async (t) => {
  const scene = await modelScene(t);
  const { identity } = await chooseModel(scene.settings);
  const wrong = { body: Buffer.alloc(1_200_000) };
  scene.hub.fail('vision_model.onnx', ...Array.from({ length: 3 }, () => wrong));
  await assert.rejects(
    fetchModel(identity, scene.settings),
    /vision_model\.onnx is damaged: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/,
  );
  const folder = path.join(scene.settings.modelCache, 'org', 'clip', commit);
  assert.ok(!existsSync(path.join(folder, weights)));
  assert.ok(sameFiles((await fetchModel(identity, scene.settings)).folder, scene.served));
});

test('a page in place of a JSON file is refused', async (t) => {
  const scene = await modelScene(t);
  writeFileSync(path.join(scene.served, 'tokenizer.json'), '<html>Please log in</html>');
  scene.hub.addModel('org/clip', scene.served, commit);
  await assert.rejects(fetchAll(scene), /something else than JSON as tokenizer\.json: .*log-in page/);
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
  while (partBytes(onnx) < 500_000) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  assert.ok(readdirSync(path.dirname(onnx)).includes('.lock'));

  const { folder } = await fetchModel(identity, scene.settings);
  assert.ok(sameFiles(folder, scene.served));
  assert.deepEqual(readdirSync(onnx).sort(), ['text_model.onnx', 'vision_model.onnx']);
  assert.equal(scene.hub.requests.at(-1)?.range, 'bytes=500000-');
});

function partBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const part = readdirSync(folder).find((name) => name.endsWith('.part'));
  return part === undefined ? 0 : statSync(path.join(folder, part)).size;
}
