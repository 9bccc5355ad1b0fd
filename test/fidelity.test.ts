import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { agreement, cosineSummary } from '../maintain/fidelity/agreement';
import { fixtures } from './support/clip-fixtures';
import { runFile } from './support/run-tool';
import { temporaryFolder } from './support/temporary-folder';

const fidelity = (options: string[], env = {}) => runFile('maintain/fidelity.ts', options, { env });

/** The cells of the row that begins with `name`. */
function row(table: string, name: string): string[] {
  const line = table.split('\n').find((text) => text.split('|')[1]?.trim() === name);
  assert.ok(line, `no row ${name} in\n${table}`);
  return line.split('|').map((cell) => cell.trim());
}

async function photosWithABrokenOne(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  for (const name of ['baseline.jpg', 'rgb.png', 'lossy.webp', 'exif-6.jpg', 'grey.jpg']) {
    await copyFile(path.join(fixtures, 'pictures', name), path.join(folder, name));
  }
  await writeFile(path.join(folder, 'broken.jpg'), 'not a picture');
  return folder;
}

test('each number format of both towers is held against fp32; missing ones, and photos that cannot be used, are left out', async (t) => {
  const photos = await photosWithABrokenOne(t);
  const model = path.join(fixtures, 'tiny32');
  const { stdout, stderr } = await fidelity(['--model', model, '--photos', photos]);
  assert.match(stdout, /, 5 photos\n/);
  assert.match(stderr, /^Without fp16 for the vision tower: .*lacks onnx\/vision_model_fp16\.onnx/m);

  const [photoTable = '', textTable = ''] = stdout.split('texts as queries');
  const [, , size, speed, cosine, ...same] = row(photoTable, 'fp32');
  assert.equal(size, '0.3');
  assert.ok(Number(speed) > 0);
  assert.deepEqual([cosine, ...same.slice(0, 2)], ['1.0000 / 1.0000', '100 %', '100 %']);
  const [mean = NaN, least = NaN] = (row(photoTable, 'q8')[4] ?? '').split(' / ').map(Number);
  assert.ok(least < mean && mean < 0.9999 && least > 0.5, `${mean} / ${least}`);

  for (const name of ['fp32', 'text=q8,vision=fp32', 'text=fp32,vision=q8', 'q8']) row(textTable, name);
  assert.equal(row(textTable, 'text=fp32,vision=q8')[4], '1.0000 / 1.0000');
  assert.notEqual(row(textTable, 'text=q8,vision=fp32')[4], '1.0000 / 1.0000');
});

test('where there are no fp32 weights, one message says so; a wrong option is answered with the usage', async (t) => {
  const env = { HF_ENDPOINT: 'http://127.0.0.1:9', MODEL_CACHE: temporaryFolder(t), CLIP_MODEL: '' };
  const cases: [options: string[], reason: RegExp][] = [
    [['--model', 'models/pocket-clip'], /models\/pocket-clip lacks onnx\/text_model/],
    [[], /Xenova\/clip-vit-base-patch32 is unavailable: .*cannot be reached/],
  ];
  for (const [options, reason] of cases) {
    const { code, stderr } = await fidelity(options, env);
    assert.equal(code, 1);
    assert.match(stderr, /^Fidelity is measured against fp32 weights, which are unavailable:/m);
    assert.match(stderr, reason);
    assert.match(stderr, /Another model can be named with --model\.$/m);
    assert.doesNotMatch(stderr, /\n +at /);
  }
  const wrong = await fidelity(['--dtype', 'q8']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^Usage: npx tsx maintain\/fidelity\.ts/m);
});

test('agreement counts the same first hits and the shared part of the first ten', () => {
  const [expected, other] = ['1234 5678', '1294 6587'].map((rows) =>
    rows.split(' ').map((row) => Array.from(row, Number)),
  );
  assert.deepEqual(agreement(other ?? [], expected ?? []), { top1: 0.5, top10: (0.75 + 1) / 2 });
  const [right, up] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  assert.deepEqual(cosineSummary([right, up], [right, right]), { mean: 0.5, min: 0 });
});
