import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { env } from '@xenova/transformers';
import { loadByPath } from '../lib/clip/weights-by-path';
import { openModel } from './support/clip-fixtures';

/** @returns paths of the files that are opened from now on to be read as streams */
function openedStreams(t: TestContext): string[] {
  const opened: string[] = [];
  const createReadStream = fs.createReadStream.bind(fs);
  t.mock.method(fs, 'createReadStream', (...args: Parameters<typeof createReadStream>) => {
    opened.push(String(args[0]));
    return createReadStream(...args);
  });
  return opened;
}

for (const dtype of ['fp32', 'q8']) {
  test(`${dtype}: the weights go to onnxruntime by their path, nothing reads them into memory beside it`, async (t) => {
    const opened = openedStreams(t);
    const clip = await openModel(t, 'tiny32', dtype);
    opened.length = 0;
    const { width, height } = clip.input.crop;
    const [text, photos] = await Promise.all([
      clip.embedText('a photo'),
      clip.embedPixels([new Float32Array(3 * height * width).fill(0.5)]),
    ]);
    assert.deepEqual([text.length, photos[0]?.length], [clip.dimension, clip.dimension]);
    assert.ok(
      opened.some((file) => file.endsWith('config.json')),
      'streams are seen here',
    );
    assert.deepEqual(
      opened.filter((file) => file.endsWith('.onnx')),
      [],
    );
  });
}

const match = async (name: string) => env.useCustomCache && (await env.customCache?.match(name));

test('loads at the same time each get their own weights, whichever ends first; other files come from the folder', async () => {
  const asked = async (folder: string, turns: number) => {
    for (let i = 0; i < turns; i++) await turn();
    const file = `${folder}/onnx/text_model.onnx`;
    const hub = `https://hub.example${folder}/resolve/main/onnx/text_model.onnx`;
    return [
      await match(file),
      await match(hub),
      await match(`${file}_data`),
      await match('config.json'),
    ];
  };
  const load = (folder: string, turns: number) =>
    loadByPath(folder, 'onnx/text_model.onnx', () => asked(folder, turns));
  const folders = ['/models/clip', '/models/clip-large'];
  const found = await Promise.all(folders.map((folder, i) => load(folder, i === 0 ? 5 : 1)));
  for (const [i, folder] of folders.entries()) {
    const file = path.join(folder, 'onnx', 'text_model.onnx');
    assert.deepEqual(found[i], [file, file, `${file}_data`, undefined]);
  }
});

test('who uses transformers.js beside it notices nothing, also where they set a cache meanwhile', async (t) => {
  const { useCustomCache, customCache } = env;
  t.after(() => Object.assign(env, { useCustomCache, customCache }));
  const own = { match: () => Promise.resolve('theirs'), put: () => Promise.resolve() };
  let end: () => void = () => undefined;
  const loading = loadByPath('/models/clip', 'onnx/text_model.onnx', async () => {
    await new Promise<void>((resolve) => (end = resolve));
    return match('/models/clip/onnx/text_model.onnx');
  });
  assert.deepEqual([env.useCustomCache, env.customCache], [useCustomCache, customCache]);
  Object.assign(env, { useCustomCache: true, customCache: own });
  assert.equal(await match('/models/clip/onnx/text_model.onnx'), 'theirs');
  end();
  assert.equal(await loading, '/models/clip/onnx/text_model.onnx');
  assert.equal(env.customCache, own);
});
