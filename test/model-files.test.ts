// The models in docs/models.md, as far as they can be tried without them.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { CLIPVisionModelWithProjection, Tensor } from '@xenova/transformers';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { folderIdentity } from '../clip-model/folder-identity';
import { makeWeightsSigned } from '../clip-model/quick-weights';
import { dotProduct } from '../further/dot-product';
import { seededRandom } from '../further/seeded-random';
import { loadClip } from '../lib/clip';
import { openTokenizer, tokenIds } from '../lib/model/token-ids';
import { type ClipInput, readClipInput } from '../lib/model/clip-input';
import { PhotoSearchError } from '../lib/errors';
import { fixtures, madeUpPixels } from './support/clip-fixtures';
import { startLoopbackHub } from './support/loopback-hub';
import { commit } from './support/model-scene';
import { field, textTower, visionTower } from './support/onnx-file';
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
const isMissing = /has its weights in text_model\.onnx_data beside it, which is missing/;
const isCut = /onnx_data beside it, which is cut off: it has 999 of at least 1,000 b/;
const isPointerBeside = /onnx_data beside it, which is a Git LFS pointer .*lfs pull/;
const damages: [what: string, files: Record<string, Buffer | string>, says: RegExp][] = [
  ['a Git LFS pointer for a tower', { [tower]: pointer(254_058_553) }, isPointer],
  ['a Git LFS pointer for its tokenizer', { 'tokenizer.json': pointer(254_058_553) }, isPointer],
  ['half a tower', { [tower]: whole.subarray(0, half) }, new RegExp(`is cut off: it has (${sizes}|.* bytes): copy or`)],
  ['a tower without its last byte', { [tower]: whole.subarray(0, -1) }, /is cut off/],
  ['an empty tower', { [tower]: '' }, /vision_model\.onnx is empty: copy or download/],
  ['a web page', { [tower]: '<!DOCTYPE html><html>Please log in</html>' }, /is a web page instead of the file/],
  ['other words', { [tower]: 'Entry not found' }, /is (not a whole ONNX file|cut off)/],
  ['more than a tower', { [tower]: Buffer.concat([whole, Buffer.alloc(8)]) }, /is not a whole ONNX file/],
  ['weights beside it that are missing', outside, isMissing],
  ['weights beside it that are cut off', { ...outside, 'onnx/text_model.onnx_data': 'x'.repeat(999) }, isCut],
  ['weights beside it that are a pointer', { ...outside, 'onnx/text_model.onnx_data': pointer(1000) }, isPointerBeside],
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

test('a model folder is another model once weights beside an ONNX file change, whether config.json names them or not', async (t) => {
  const folder = temporaryFolder(t);
  cpSync(path.join(fixtures, 'tiny32'), folder, { recursive: true });
  writeFileSync(path.join(folder, 'onnx/text_model.onnx'), externalWeights('weights', 4));
  const revisions: string[] = [];
  for (const weights of ['abcd', 'abce']) {
    writeFileSync(path.join(folder, 'onnx/weights'), weights);
    revisions.push((await folderIdentity(folder, 'fp32')).revision);
  }
  assert.notEqual(revisions[0], revisions[1]);
});

const file = path.join(fixtures, 'tiny32', 'onnx', 'vision_model_quantized.onnx');

async function vectors(folder: string): Promise<Float32Array> {
  const model = await CLIPVisionModelWithProjection.from_pretrained(folder, { dtype: 'q8', local_files_only: true });
  const pixels = madeUpPixels(3, { width: 224, height: 224 });
  const values = Float32Array.from(pixels.flatMap((photo) => [...photo]));
  const inputs = { pixel_values: new Tensor('float32', values, [3, 3, 224, 224]) };
  const { image_embeds: output } = (await model(inputs)) as { image_embeds: Tensor };
  await model.dispose();
  return output.data as Float32Array;
}

test('a quantised model gives the same vectors to the last bit when its weights are made signed', async (t) => {
  const copy = path.join(temporaryFolder(t), 'model');
  await cp(path.join(fixtures, 'tiny32'), copy, { recursive: true });
  const original = await readFile(file);
  const signed = Buffer.from(original);
  assert.equal(makeWeightsSigned(signed), true);
  assert.equal(signed.length, original.length);
  assert.notDeepEqual(signed, original);
  await writeFile(path.join(copy, 'onnx', 'vision_model_quantized.onnx'), signed);
  assert.deepEqual(await vectors(copy), await vectors(path.join(fixtures, 'tiny32')));
});

test('weights that are signed already, or not quantised, are left as they are; a file that is cut off is refused', async () => {
  const signed = await readFile(file);
  makeWeightsSigned(signed);
  const read = (name: string) => readFile(path.join(path.dirname(file), name));
  for (const model of [signed, await read('text_model_quantized.onnx'), await read('vision_model.onnx')]) {
    const before = Buffer.from(model);
    assert.equal(makeWeightsSigned(model), false);
    assert.deepEqual(model, before);
  }
  assert.throws(() => makeWeightsSigned(signed.subarray(0, 50_000)), RangeError);
  assert.throws(() => makeWeightsSigned(Buffer.from('no model at all')), RangeError);
});

/** What stands in `preprocessor_config.json` beside the sizes. */
const common = {
  ...{ do_center_crop: true, do_convert_rgb: true, do_normalize: true, do_rescale: true, do_resize: true },
  ...{ image_processor_type: 'CLIPImageProcessor', rescale_factor: 0.00392156862745098, resample: 3 },
};
const openAi = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };
const halves = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const sizesOf = (size: number) => ({ crop_size: { height: size, width: size }, size: { shortest_edge: size } });
const normalised = ({ mean, std }: typeof halves) => ({ image_mean: mean, image_std: std });
const plain = { do_normalize: false, rescale_factor: undefined, resample: 2 };
const unchanged = { mean: [0, 0, 0], std: [1, 1, 1], kernel: 'linear' };
const kinds: [ids: string, dimension: number, preprocessor: object, size: number, expected: object][] = [
  // Sizes as older files have them.
  ['Xenova/clip-vit-base-patch16', 512, { ...normalised(openAi), crop_size: 224, size: 224 }, 224, openAi],
  ['Xenova/clip-vit-large-patch14', 768, { ...normalised(openAi), ...sizesOf(224) }, 224, openAi],
  ['Xenova/clip-vit-large-patch14-336', 768, { ...normalised(openAi), ...sizesOf(336) }, 336, openAi],
  // OpenCLIP's ViT-L/14 by LAION, exported by the reader.
  ['laion/CLIP-ViT-L-14-laion2B-s32B-b82K', 768, { ...normalised(halves), ...sizesOf(224) }, 224, halves],
  ['Xenova/mobileclip_s0, _s1, _s2', 512, { ...plain, ...sizesOf(256) }, 256, unchanged],
  ['Xenova/mobileclip_b, _blt', 512, { ...plain, ...sizesOf(224) }, 224, unchanged],
];
const random = seededRandom(7);
/** A vector for each of so many tokens or colours. */
const randomRows = (count: number, dimension: number) =>
  Float32Array.from({ length: count * dimension }, () => random() - 0.5);

for (const [ids, dimension, preprocessor, size, expected] of kinds) {
  test(`${ids}: photo size, crop, interpolation, mean and std are those of its files, and random weights of its shape load`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'preprocessor_config.json'), JSON.stringify({ ...common, ...preprocessor }));
    const { scale, ...input }: ClipInput = await readClipInput(folder);
    assert.ok(Math.abs(scale - 1 / 255) < 1e-9);
    const read = { resize: { shortestEdge: size }, crop: { width: size, height: size }, kernel: 'cubic' };
    assert.deepEqual(input, { ...read, ...expected });

    const [isOwnExport, tokens] = [ids.includes('mobileclip'), randomRows(1114, dimension)];
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      cpSync(path.join(fixtures, 'tiny32', name), path.join(folder, name));
    }
    // MobileCLIP's configuration tells no dimension, and its texts have 77 tokens.
    const config = { model_type: 'clip', ...(!isOwnExport && { projection_dim: dimension }) };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
    mkdirSync(path.join(folder, 'onnx'));
    const colours = randomRows(3, dimension);
    writeFileSync(
      path.join(folder, 'onnx/text_model.onnx'),
      textTower(tokens, dimension, isOwnExport ? 77 : undefined),
    );
    writeFileSync(path.join(folder, 'onnx/vision_model.onnx'), visionTower(colours, dimension, size));
    const clip = await loadClip({ folder, identity: await folderIdentity(folder) });
    t.after(() => clip.dispose());
    const [pixels] = madeUpPixels(1, clip.input.crop);
    assert.ok(pixels);
    const [vector] = await clip.embedPixels([pixels]);
    const means = [0, 1, 2].map((at) =>
      pixels.subarray(at * size ** 2, (at + 1) * size ** 2).reduce((sum, one) => sum + one / size ** 2, 0),
    );
    const row = (at: number) => colours[at] ?? NaN;
    const wanted = new Float32Array(dimension).map((_, i) =>
      means.reduce((sum, mean, at) => sum + mean * row(at * dimension + i), 0),
    );
    assert.ok(vector && dotProduct(vector, wanted) / Math.hypot(...wanted) > 0.9999);
    assert.equal((await clip.embedText('a red flower')).length, dimension);
  });
}

const dimension = 24;
const words = randomRows(1000, dimension);

/** As Marqo/marqo-fashionCLIP and MobileCLIP come: the configuration tells no dimension, texts have 77 tokens. */
function openClipExport(t: TestContext, length = 77): string {
  const folder = path.join(temporaryFolder(t), 'model');
  // Its vocabulary pads with '!', as OpenCLIP does.
  cpSync(path.join(fixtures, 'tiny16'), folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), '{"model_type":"clip","open_clip_model_name":"hf-hub:a/b"}');
  writeFileSync(path.join(folder, 'onnx/text_model.onnx'), textTower(words, dimension, length));
  return folder;
}

test('a text tower that takes 77 tokens and no attention mask gets them, padded as its tokenizer says', async (t) => {
  const folder = openClipExport(t);
  const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
  const { identity } = await chooseModel(settings);
  assert.equal(identity.dimension, dimension);
  const clip = await loadClip(await fetchModel(identity, settings));
  t.after(() => clip.dispose());
  const tokenizer = await openTokenizer(folder);
  const tokens = tokenIds(tokenizer, 'a red flower', 77);
  assert.ok(tokens.length > 4 && tokens.length < 20);
  const taken = [...tokens, ...Array<number>(77 - tokens.length).fill(tokenizer.pad_token_id)];
  const sum = new Float32Array(dimension).map((_, i) =>
    taken.reduce((sum, token) => sum + (words[token * dimension + i] ?? NaN), 0),
  );
  assert.ok(dotProduct(await clip.embedText('a red flower'), sum) / Math.hypot(...sum) > 0.99999);
});

test('a text tower that takes fewer tokens than its configuration says gets the end token, too', async (t) => {
  const folder = openClipExport(t, 6);
  const clip = await loadClip({ folder, identity: await folderIdentity(folder) });
  t.after(() => clip.dispose());
  const taken = tokenIds(await openTokenizer(folder), 'a red flower in a green field', 6);
  const sum = new Float32Array(dimension).map((_, i) =>
    taken.reduce((total, token) => total + (words[token * dimension + i] ?? NaN), 0),
  );
  const notices: string[] = [];
  const notice = (sentence: string) => notices.push(sentence);
  const vector = await clip.embedText('a red flower in a green field', { notice });
  assert.ok(dotProduct(vector, sum) / Math.hypot(...sum) > 0.99999);
  assert.match(notices.join(), /at most 6 tokens/);
});

test('a model on the hub that does not tell its dimension is asked for it by its text tower alone, once', async (t) => {
  const hub = await startLoopbackHub();
  hub.addModel('org/clip', openClipExport(t), commit);
  const modelCache = path.join(temporaryFolder(t), 'cache');
  const settings = { hfEndpoint: hub.url, modelCache, clipModel: 'org/clip' };
  const { identity } = await chooseModel(settings);
  assert.equal(identity.dimension, dimension);
  const fetched = hub.requests.filter(({ method }) => method === 'GET').map((request) => request.path);
  assert.ok(fetched.some((file) => file.endsWith('onnx/text_model.onnx')));
  assert.ok(!fetched.some((file) => file.includes('vision_model')));
  const before = hub.requests.length;
  assert.deepEqual((await chooseModel(settings)).identity, identity);
  for (const { path: asked } of hub.requests.slice(before)) assert.match(asked, /vision_model/);
});
