// The models in docs/models.md, as far as they can be tried without them.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadClip } from '../lib/clip';
import { readClipInput, type ClipInput } from '../lib/clip-config';
import { openTokenizer, tokenIds } from '../lib/tokens';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { seededRandom } from '../further/seeded-random';
import { cosine, fixtures } from './support/clip-fixtures';
import { startLoopbackHub } from './support/loopback-hub';
import { commit } from './support/model-scene';
import { fixedTextTower } from './support/onnx-file';
import { temporaryFolder } from './support/temporary-folder';

/** What stands in `preprocessor_config.json` beside the sizes. */
const common = {
  ...{ do_center_crop: true, do_convert_rgb: true, do_normalize: true, do_rescale: true, do_resize: true },
  ...{ image_processor_type: 'CLIPImageProcessor', rescale_factor: 0.00392156862745098, resample: 3 },
};
const openAi = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const sizes = (size: number) => ({ crop_size: { height: size, width: size }, size: { shortest_edge: size } });
const normalised = ({ mean, std }: typeof half) => ({ image_mean: mean, image_std: std });
const kinds: [ids: string, preprocessor: object, size: number, expected: object][] = [
  // Sizes as older files have them.
  ['Xenova/clip-vit-base-patch16', { ...normalised(openAi), crop_size: 224, size: 224 }, 224, openAi],
  ['Xenova/clip-vit-large-patch14-336', { ...normalised(openAi), ...sizes(336) }, 336, openAi],
  // OpenCLIP's ViT-L/14 by LAION, exported by the reader.
  ['laion/CLIP-ViT-L-14-laion2B-s32B-b82K', { ...normalised(half), ...sizes(224) }, 224, half],
  [
    'Xenova/mobileclip_s0, _s1, _s2',
    { do_normalize: false, rescale_factor: undefined, resample: 2, ...sizes(256) },
    ...([256, { mean: [0, 0, 0], std: [1, 1, 1], kernel: 'linear' }] as const),
  ],
];
for (const [ids, preprocessor, size, expected] of kinds) {
  test(`${ids}: photo size, crop, interpolation, mean and std are those of its files`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'preprocessor_config.json'), JSON.stringify({ ...common, ...preprocessor }));
    const { scale, ...input }: ClipInput = await readClipInput(folder);
    assert.ok(Math.abs(scale - 1 / 255) < 1e-9);
    const read = { resize: { shortestEdge: size }, crop: { width: size, height: size }, kernel: 'cubic' };
    assert.deepEqual(input, { ...read, ...expected });
  });
}

const dimension = 24;
const random = seededRandom(7);
/** A vector for each of a thousand tokens. */
const words = Float32Array.from({ length: 1000 * dimension }, () => random() - 0.5);

/** As Marqo/marqo-fashionCLIP and MobileCLIP come: the configuration tells no dimension, texts have 77 tokens. */
function openClipExport(t: TestContext): string {
  const folder = path.join(temporaryFolder(t), 'model');
  // Its vocabulary pads with '!', as OpenCLIP does.
  cpSync(path.join(fixtures, 'tiny16'), folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), '{"model_type":"clip","open_clip_model_name":"hf-hub:a/b"}');
  writeFileSync(path.join(folder, 'onnx/text_model.onnx'), fixedTextTower(words, dimension, 77));
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
  assert.ok(cosine(await clip.embedText('a red flower'), sum) / Math.hypot(...sum) > 0.99999);
});

test('a model on the hub that does not tell its dimension is asked for it by its text tower alone, once', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
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
