import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { repositoryRoot } from '../workshop/settings';
import { agreement, cosineSummary } from '../maintain/fidelity/agreement';
import { fixtures } from './support/clip-fixtures';
import { temporaryFolder } from './support/temporary-folder';

const run = promisify(execFile);

function fidelity(options: string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const script = path.join('maintain', 'fidelity.ts');
  return run(process.execPath, ['--import=tsx', script, ...options], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
  });
}

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

test('each number format of both towers is held against fp32; what there is not, and photos that cannot be used, are left out', async (t) => {
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

  for (const name of ['fp32', 'text=q8,vision=fp32', 'text=fp32,vision=q8', 'q8']) {
    row(textTable, name);
  }
  assert.equal(row(textTable, 'text=fp32,vision=q8')[4], '1.0000 / 1.0000');
  assert.notEqual(row(textTable, 'text=q8,vision=fp32')[4], '1.0000 / 1.0000');
});

test('where there are no fp32 weights, one message says so', async (t) => {
  const nothingThere = 'http://127.0.0.1:9';
  const cases = [
    {
      options: ['--model', 'models/pocket-clip'],
      reason: /models\/pocket-clip lacks onnx\/text_model/,
    },
    { options: [], reason: /Xenova\/clip-vit-base-patch32 is unavailable: .*cannot be reached/ },
  ];
  const cache = path.join(temporaryFolder(t), 'cache');
  await mkdir(cache);
  for (const { options, reason } of cases) {
    const env = { HF_ENDPOINT: nothingThere, MODEL_CACHE: cache, CLIP_MODEL: '' };
    await assert.rejects(fidelity(options, env), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr, /^Fidelity is measured against fp32 weights, which are unavailable:/m);
      assert.match(error.stderr, reason);
      assert.match(error.stderr, /Another model can be named with --model\.$/m);
      assert.doesNotMatch(error.stderr, /\n +at /);
      return true;
    });
  }
});

test('a wrong option is answered with the usage', async () => {
  for (const options of [
    ['--limit', '1'],
    ['--limit', 'all'],
    ['--dtype', 'q8'],
  ]) {
    await assert.rejects(fidelity(options), { code: 2, stderr: /^Usage: npm run fidelity/m });
  }
});

test('agreement counts the same first hits and the shared part of the first ten', () => {
  const expected = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const other = [
    [1, 2, 9, 4],
    [6, 5, 8, 7],
  ];
  assert.deepEqual(agreement(other, expected), { top1: 0.5, top10: (0.75 + 1) / 2 });
  const cosines = cosineSummary(
    [Float32Array.of(1, 0), Float32Array.of(0, 1)],
    [Float32Array.of(1, 0), Float32Array.of(1, 0)],
  );
  assert.deepEqual(cosines, { mean: 0.5, min: 0 });
});
