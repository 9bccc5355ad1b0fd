import assert from 'node:assert/strict';
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PhotoSearchError } from '../lib/errors';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { folderIdentity } from '../clip-model/local-folder';
import { fixtures } from './support/clip-fixtures';
import { temporaryFolder } from './support/temporary-folder';

/** A copy of a small model, in a folder whose name has a space. */
function copyOf(t: TestContext, from = path.join(fixtures, 'tiny32')): string {
  const folder = path.join(temporaryFolder(t), 'my model');
  cpSync(from, folder, { recursive: true });
  return folder;
}

function pointer(size: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${size}\n`;
}

/** Refused in one sentence by all that open a model in a folder: notebook 1, and notebooks 2 and 3. */
async function assertRefused(folder: string, damage: () => void, says: RegExp): Promise<void> {
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder };
  const identity = await folderIdentity(folder);
  damage();
  for (const open of [() => chooseModel({ ...settings, clipModel: folder }), () => fetchModel(identity, settings)]) {
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof PhotoSearchError, String(error));
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /\n|fetched again/);
      return true;
    });
  }
}

for (const name of ['onnx/vision_model.onnx', 'tokenizer.json']) {
  test(`a Git LFS pointer in place of ${name} is called that, with its size and the command`, async (t) => {
    const folder = copyOf(t);
    await assertRefused(
      folder,
      () => {
        writeFileSync(path.join(folder, name), pointer(254_058_553));
      },
      new RegExp(
        `${name} is a Git LFS pointer in place of the file itself \\(254,058,553 bytes\\): run \`git -C '.*my model' lfs pull\``,
      ),
    );
  });
}

test('a tower cut in half is found when the model is opened, with the bytes it has and lacks', async (t) => {
  const folder = copyOf(t);
  const file = path.join(folder, `onnx/vision_model.onnx`);
  const whole = readFileSync(file).length;
  const half = Math.floor(whole / 2);
  const numbers = `${half.toLocaleString('en')} of at least ${whole.toLocaleString('en')} bytes`;
  await assertRefused(
    folder,
    () => {
      truncateSync(file, half);
    },
    new RegExp(`vision_model\\.onnx is cut off: it has (${numbers}|.* bytes): copy or download`),
  );
});

test('an ONNX file that lacks its last byte, is empty, is a web page or something else is named as such', async (t) => {
  const name = 'onnx/vision_model.onnx';
  const whole = readFileSync(path.join(fixtures, 'tiny32', name));
  const cases: [Buffer | string, RegExp][] = [
    [whole.subarray(0, -1), /is cut off/],
    ['', /vision_model\.onnx is empty: copy or download/],
    ['<!DOCTYPE html><html>Please log in</html>', /is a web page in place of the file/],
    ['Entry not found', /is (not a whole ONNX file|cut off)/],
    [Buffer.concat([whole, Buffer.alloc(8)]), /is not a whole ONNX file/],
    [whole.subarray(0, 20), /is (cut off|not a whole ONNX file)/],
  ];
  for (const [content, says] of cases) {
    const folder = copyOf(t);
    await assertRefused(
      folder,
      () => {
        writeFileSync(path.join(folder, name), content);
      },
      says,
    );
  }
});

test('weights beside the ONNX file that are missing, cut off or a pointer are named', async (t) => {
  const length = 1000;
  const cases: [string | undefined, RegExp][] = [
    [undefined, /has its weights in text_model\.onnx_data beside it, which is missing/],
    ['x'.repeat(length - 1), /onnx_data beside it, which is cut off: it has 999 of at least 1,000 b/],
    [pointer(length), /onnx_data beside it, which is a Git LFS pointer .*lfs pull/],
  ];
  for (const [content, says] of cases) {
    const folder = copyOf(t);
    const file = path.join(folder, 'onnx/text_model.onnx');
    const damage = () => {
      writeFileSync(file, withExternalWeights('text_model.onnx_data', length));
      if (content !== undefined) writeFileSync(`${file}_data`, content);
    };
    await assertRefused(folder, damage, says);
  }
});

/** model > graph > initializer > external_data entries, as onnx.proto numbers them. */
function withExternalWeights(location: string, length: number): Buffer {
  const entry = (key: string, value: string) =>
    field(13, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]));
  const entries = [entry('location', location), entry('offset', '0'), entry('length', `${length}`)];
  return field(7, field(5, Buffer.concat(entries)));
}

/** A protobuf field with a length of less than 16 kB. */
function field(number: number, value: Buffer): Buffer {
  const length = Buffer.of((value.length & 0x7f) | 0x80, value.length >> 7);
  return Buffer.concat([Buffer.of((number << 3) | 2), length, value]);
}
