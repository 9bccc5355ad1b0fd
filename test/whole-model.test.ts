import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PhotoSearchError } from '../lib/errors';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { folderIdentity } from '../clip-model/local-folder';
import { fixtures } from './support/clip-fixtures';
import { field } from './support/onnx-file';
import { temporaryFolder } from './support/temporary-folder';

function pointer(size: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${size}\n`;
}

/** model > graph > initializer > external_data entries, as onnx.proto numbers them. */
function externalWeights(location: string, length: number): Buffer {
  const entries = Object.entries({ location, offset: '0', length: `${length}` }).map(([key, value]) =>
    field(13, Buffer.concat([field(1, key), field(2, value)])),
  );
  return field(7, field(5, Buffer.concat(entries)));
}

const tower = 'onnx/vision_model.onnx';
const whole = readFileSync(path.join(fixtures, 'tiny32', tower));
const half = Math.floor(whole.length / 2);
const sizes = `${half.toLocaleString('en')} of at least ${whole.length.toLocaleString('en')} bytes`;
const isPointer =
  /is a Git LFS pointer instead of the file itself \(254,058,553 bytes\): run `git -C '.*my model' lfs pull`/;
const outside = { 'onnx/text_model.onnx': externalWeights('text_model.onnx_data', 1000) };
const damages: [what: string, files: Record<string, Buffer | string>, says: RegExp][] = [
  ['a Git LFS pointer for a tower', { [tower]: pointer(254_058_553) }, isPointer],
  ['a Git LFS pointer for its tokenizer', { 'tokenizer.json': pointer(254_058_553) }, isPointer],
  ['half a tower', { [tower]: whole.subarray(0, half) }, new RegExp(`is cut off: it has (${sizes}|.* bytes): copy or`)],
  ['a tower without its last byte', { [tower]: whole.subarray(0, -1) }, /is cut off/],
  ['an empty tower', { [tower]: '' }, /vision_model\.onnx is empty: copy or download/],
  ['a web page', { [tower]: '<!DOCTYPE html><html>Please log in</html>' }, /is a web page instead of the file/],
  ['other words', { [tower]: 'Entry not found' }, /is (not a whole ONNX file|cut off)/],
  ['more than a tower', { [tower]: Buffer.concat([whole, Buffer.alloc(8)]) }, /is not a whole ONNX file/],
  [
    'weights beside it that are missing',
    outside,
    /has its weights in text_model\.onnx_data beside it, which is missing/,
  ],
  [
    'weights beside it that are cut off',
    { ...outside, 'onnx/text_model.onnx_data': 'x'.repeat(999) },
    /onnx_data beside it, which is cut off: it has 999 of at least 1,000 b/,
  ],
  [
    'weights beside it that are a pointer',
    { ...outside, 'onnx/text_model.onnx_data': pointer(1000) },
    /onnx_data beside it, which is a Git LFS pointer .*lfs pull/,
  ],
];
for (const [what, files, says] of damages) {
  test(`a model folder with ${what} is refused in one sentence by all that open a model: notebook 1, and 2 and 3`, async (t) => {
    const folder = path.join(temporaryFolder(t), 'my model');
    cpSync(path.join(fixtures, 'tiny32'), folder, { recursive: true });
    const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder };
    const identity = await folderIdentity(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
    for (const open of [() => chooseModel({ ...settings, clipModel: folder }), () => fetchModel(identity, settings)]) {
      await assert.rejects(open(), (error) => {
        assert.ok(error instanceof PhotoSearchError, String(error));
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /\n|downloaded again/);
        return true;
      });
    }
  });
}
