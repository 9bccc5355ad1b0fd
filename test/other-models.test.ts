// The models in docs/models.md, as far as they can be tried without them: files with their configurations, and towers
// of random weights that take and give what theirs do.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { loadClip } from '../lib/clip';
import { openTokenizer, tokenIds } from '../lib/tokens';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { readPixels } from '../lib/pixels';
import { seededRandom } from '../further/seeded-random';

import { cosine, fixtures } from './support/clip-fixtures';
import { startLoopbackHub } from './support/loopback-hub';
import { commit } from './support/model-scene';
import { onnxFile } from './support/onnx-file';
import { temporaryFolder } from './support/temporary-folder';

interface Kind {
  ids: string[];
  /** What is read of `config.json`. */
  config: object;
  /** What is read of `preprocessor_config.json`. */
  preprocessor: object;
  /** Both towers' vectors. */
  dimension: number;
  imageSize: number;
  mean: [number, number, number];
  std: [number, number, number];
  /** The text tower takes this many tokens and no attention mask, as OpenCLIP's own exports do. */
  fixedTokens?: number;
}

const openAi = {
  mean: [0.48145466, 0.4578275, 0.40821073] as [number, number, number],
  std: [0.26862954, 0.26130258, 0.27577711] as [number, number, number],
};
const half = {
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  std: [0.5, 0.5, 0.5] as [number, number, number],
};
const plain = {
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
};

function clipConfig(dimension: number, text: object, vision: object): object {
  return {
    ...{ architectures: ['CLIPModel'], model_type: 'clip', projection_dim: dimension },
    text_config: { model_type: 'clip_text_model', ...text },
    vision_config: { model_type: 'clip_vision_model', ...vision },
  };
}

function preprocessor(size: number, { mean, std }: Pick<Kind, 'mean' | 'std'>): object {
  return {
    ...{ do_center_crop: true, do_convert_rgb: true, do_normalize: true, do_rescale: true },
    ...{ do_resize: true, image_processor_type: 'CLIPImageProcessor', resample: 3 },
    ...{ image_mean: mean, image_std: std, rescale_factor: 0.00392156862745098 },
    ...{ crop_size: { height: size, width: size }, size: { shortest_edge: size } },
  };
}

const kinds: Kind[] = [
  {
    ids: ['Xenova/clip-vit-base-patch16'],
    config: clipConfig(512, { hidden_act: 'quick_gelu' }, { patch_size: 16 }),
    // Sizes as older files have them.
    preprocessor: { ...preprocessor(224, openAi), crop_size: 224, size: 224 },
    ...{ dimension: 512, imageSize: 224, ...openAi },
  },
  {
    ids: ['Xenova/clip-vit-large-patch14-336'],
    config: clipConfig(768, { hidden_size: 768 }, { image_size: 336, patch_size: 14 }),
    preprocessor: preprocessor(336, openAi),
    ...{ dimension: 768, imageSize: 336, ...openAi },
  },
  {
    // OpenCLIP's ViT-L/14 by LAION, exported by the reader: another mean, another activation.
    ids: ['laion/CLIP-ViT-L-14-laion2B-s32B-b82K'],
    config: clipConfig(768, { hidden_act: 'gelu' }, { hidden_act: 'gelu', patch_size: 14 }),
    preprocessor: preprocessor(224, half),
    ...{ dimension: 768, imageSize: 224, ...half },
  },
  {
    ids: ['Marqo/marqo-fashionCLIP'],
    config: { model_type: 'clip', open_clip_model_name: 'hf-hub:Marqo/marqo-fashionCLIP' },
    preprocessor: preprocessor(224, openAi),
    ...{ dimension: 512, imageSize: 224, ...openAi, fixedTokens: 77 },
  },
  {
    ids: ['Xenova/mobileclip_s0', 'Xenova/mobileclip_s1', 'Xenova/mobileclip_s2'],
    config: { model_type: 'clip', 'transformers.js_config': { dtype: { vision_model: 'fp32' } } },
    preprocessor: {
      ...{ do_center_crop: true, do_convert_rgb: true, do_normalize: false, do_rescale: true },
      ...{ do_resize: true, image_processor_type: 'CLIPImageProcessor', resample: 2 },
      ...{ crop_size: { height: 256, width: 256 }, size: { shortest_edge: 256 } },
    },
    ...{ dimension: 512, imageSize: 256, ...plain, fixedTokens: 77 },
  },
];

interface Written {
  /** [tokens, dimension]: a text's vector is the mean of its tokens' rows. */
  words: Float32Array;
  /** [3, dimension]: a photo's vector is the mean of each colour times its row. */
  colours: Float32Array;
}

function writeModel(folder: string, { config, preprocessor, ...kind }: Kind): Written {
  const { dimension, imageSize, fixedTokens } = kind;
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  // A vocabulary that pads with '!', as OpenCLIP does.
  const vocabulary = path.join(fixtures, 'tiny16');
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    cpSync(path.join(vocabulary, name), path.join(folder, name));
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));

  const tokens = 1000;
  const random = seededRandom(7);
  const weights = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
  const [words, colours] = [weights(tokens * dimension), weights(3 * dimension)];
  const length = fixedTokens ?? 'sequence_length';
  const ids = { name: 'input_ids', type: 'int64', shape: ['batch_size', length] } as const;
  const text = onnxFile({
    inputs: [ids, ...(fixedTokens === undefined ? [{ ...ids, name: 'attention_mask' }] : [])].map((value) => ({
      ...value,
      shape: [...value.shape],
    })),
    outputs: [{ name: 'text_embeds', type: 'float32', shape: ['batch_size', dimension] }],
    nodes: [
      { operator: 'Gather', inputs: ['words', 'input_ids'], output: 'rows' },
      {
        ...{ operator: 'ReduceMean', inputs: ['rows'], output: 'text_embeds' },
        attributes: { axes: [1], keepdims: 0 },
      },
    ],
    weights: [{ name: 'words', shape: [tokens, dimension], values: words }],
  });
  const vision = onnxFile({
    inputs: [
      {
        ...{ name: 'pixel_values', type: 'float32' },
        shape: ['batch_size', 3, imageSize, imageSize],
      },
    ],
    outputs: [{ name: 'image_embeds', type: 'float32', shape: ['batch_size', dimension] }],
    nodes: [
      {
        ...{ operator: 'ReduceMean', inputs: ['pixel_values'], output: 'means' },
        attributes: { axes: [2, 3], keepdims: 0 },
      },
      { operator: 'MatMul', inputs: ['means', 'colours'], output: 'image_embeds' },
    ],
    weights: [{ name: 'colours', shape: [3, dimension], values: colours }],
  });
  writeFileSync(path.join(folder, 'onnx', 'text_model.onnx'), text);
  writeFileSync(path.join(folder, 'onnx', 'vision_model.onnx'), vision);
  return { words, colours };
}

/** The sum of rows, [dimension], of length 1. */
function sumOf(rows: Float32Array[], weights: number[]): Float32Array {
  const sum = new Float32Array(rows[0]?.length ?? 0);
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      sum[j] = (sum[j] ?? NaN) + value * (weights[i] ?? NaN);
    });
  });
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

for (const kind of kinds) {
  const { ids, dimension, imageSize, mean, std, fixedTokens } = kind;
  test(`${ids.join(', ')}: dimension, photo size, mean, std and tokens are those of its files`, async (t) => {
    const folder = path.join(temporaryFolder(t), 'model');
    const { words, colours } = writeModel(folder, kind);
    const settings = { hfEndpoint: 'http://127.0.0.1:9', modelCache: folder, clipModel: folder };
    const { identity } = await chooseModel(settings);
    assert.equal(identity.dimension, dimension);
    const clip = await loadClip(await fetchModel(identity, settings));
    t.after(() => clip.dispose());

    const photo = await sharp({
      create: { width: 640, height: 480, channels: 3, background: '#ff8000' },
    })
      .png()
      .toBuffer();
    const pixels = await readPixels(photo, clip.input);
    assert.equal(pixels.length, 3 * imageSize ** 2);
    const [vector] = await clip.embedPixels([pixels]);
    const orange = [1, 128 / 255, 0].map((value, i) => (value - (mean[i] ?? 0)) / (std[i] ?? 1));
    const rowsOf = (table: Float32Array, rows: number[]) =>
      rows.map((row) => table.subarray(row * dimension, (row + 1) * dimension));
    assert.ok(vector && cosine(vector, sumOf(rowsOf(colours, [0, 1, 2]), orange)) > 0.99999);

    const tokenizer = await openTokenizer(folder);
    const tokens = tokenIds(tokenizer, 'a red flower', 77);
    assert.ok(tokens.length > 4 && tokens.length < 20);
    const padding = Array<number>((fixedTokens ?? tokens.length) - tokens.length);
    const taken = [...tokens, ...padding.fill(tokenizer.pad_token_id)];
    const expected = sumOf(rowsOf(words, taken), Array<number>(taken.length).fill(1));
    assert.ok(cosine(await clip.embedText('a red flower'), expected) > 0.99999);
  });
}

test('a model on the hub that does not tell its dimension is asked for it by its text tower alone, once', async (t) => {
  const kind = kinds.find(({ ids }) => ids.includes('Xenova/mobileclip_s0'));
  assert.ok(kind);
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  const folder = temporaryFolder(t);
  writeModel(path.join(folder, 'served'), kind);
  hub.addModel('Xenova/mobileclip_s0', path.join(folder, 'served'), commit);
  const settings = {
    ...{ hfEndpoint: hub.url, modelCache: path.join(folder, 'cache') },
    clipModel: 'Xenova/mobileclip_s0',
  };
  const { identity } = await chooseModel(settings);
  assert.equal(identity.dimension, 512);
  const fetched = hub.requests.filter(({ method }) => method === 'GET').map((r) => r.path);
  assert.ok(fetched.some((file) => file.endsWith('onnx/text_model.onnx')));
  assert.ok(!fetched.some((file) => file.includes('vision_model')));
  const before = hub.requests.length;
  assert.deepEqual((await chooseModel(settings)).identity, identity);
  const asked = hub.requests.slice(before).map((r) => r.path);
  assert.deepEqual(
    asked.filter((file) => !file.includes('vision_model')),
    [],
  );
});
