import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { env } from '@xenova/transformers';
import { loadByPath } from '../lib/clip/weights-by-path';
import { fixtures, openModel } from './support/clip-fixtures';

test('the weights go to onnxruntime by their path: nothing reads them into memory beside it', async (t) => {
  const opened: string[] = [];
  const createReadStream = fs.createReadStream.bind(fs);
  t.mock.method(fs, 'createReadStream', (...args: Parameters<typeof createReadStream>) => {
    opened.push(String(args[0]));
    return createReadStream(...args);
  });
  const clip = await openModel(t, 'tiny32');
  opened.length = 0;
  const { width, height } = clip.input.crop;
  const [text] = await Promise.all([
    clip.embedText('a photo'),
    clip.embedPixels([new Float32Array(3 * height * width)]),
  ]);
  assert.equal(text.length, clip.dimension);
  assert.ok(
    opened.some((file) => file.endsWith('config.json')),
    'streams are seen here',
  );
  assert.deepEqual(
    opened.filter((file) => file.endsWith('.onnx')),
    [],
  );
});

test('what transformers.js has for a cache is asked meanwhile, and is as it was afterwards', async (t) => {
  const asked: string[] = [];
  const own = {
    match: (name: string) => {
      asked.push(name);
      return Promise.resolve(undefined);
    },
    put: () => Promise.resolve(),
  };
  const { useCustomCache, customCache } = env;
  t.after(() => Object.assign(env, { useCustomCache, customCache }));
  Object.assign(env, { useCustomCache: true, customCache: own });
  const folder = path.join(fixtures, 'tiny32');

  const match = (name: string) => Promise.resolve(env.customCache?.match(name));
  const found = await loadByPath(folder, 'onnx/vision_model.onnx', () =>
    loadByPath(folder, 'onnx/text_model.onnx', async () => [
      await match(`${folder}/onnx/vision_model.onnx`),
      await match(`https://hub.example/${folder}/resolve/main/onnx/text_model.onnx`),
      await match(`${folder}/config.json`),
    ]),
  );
  const file = (tower: string) => path.join(folder, 'onnx', `${tower}_model.onnx`);
  assert.deepEqual(found, [file('vision'), file('text'), undefined]);
  assert.deepEqual(asked, [`${folder}/config.json`]);
  assert.equal(env.customCache, own);

  await assert.rejects(
    loadByPath(folder, 'onnx/text_model.onnx', () => Promise.reject(new Error('cut off'))),
    /cut off/,
  );
  assert.equal(env.customCache, own);
});
